namespace Puzzle.Distillation;

/// <summary>
/// Trains by distillation. Two implementations are registered by key: blockwise local distillation takes a
/// <see cref="BlockwiseDistillationRequest"/>, global distillation a <see cref="GlobalDistillationRequest"/>.
/// </summary>
public interface IDistiller
{
    /// <summary>Gets what its results depend on besides what it is given, as one line: kind and settings. A run keeps what it found as long as this stays the same.</summary>
    /// <value>The type's name by default.</value>
    string Settings => GetType().FullName ?? GetType().Name;

    /// <summary>Distils. Run again after an interruption, it continues from what is stored and gives the same result.</summary>
    /// <param name="request">Parent, data and what to train.</param>
    /// <param name="progress">Told of each step or variant.</param>
    /// <param name="cancellationToken">Stops between steps; what is done is stored.</param>
    /// <exception cref="ArgumentException">The request is of another kind.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient was not finite.</exception>
    Task<DistillationResult> DistillAsync(DistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default);
}
