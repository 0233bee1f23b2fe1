namespace Puzzle.Distillation;

/// <summary>Trains by distillation: blockwise, which makes a library, or globally, which heals a child.</summary>
/// <typeparam name="TRequest">What is trained: <see cref="BlockwiseDistillationRequest"/> or
/// <see cref="GlobalDistillationRequest"/>.</typeparam>
/// <typeparam name="TResult">What it gives: <see cref="BlockwiseDistillationResult"/> or
/// <see cref="GlobalDistillationResult"/>.</typeparam>
public interface IDistiller<in TRequest, TResult>
    where TRequest : DistillationRequest
{
    /// <summary>Gets what its results depend on besides what it is given, as one line: kind and settings. A run keeps what it found as long
    /// as this stays the same.</summary>
    /// <value>The type's name by default.</value>
    string Settings => GetType().FullName ?? GetType().Name;

    /// <summary>Distils. Run again after an interruption, it continues from what is stored and gives the same result.</summary>
    /// <param name="request">Parent, data and what to train.</param>
    /// <param name="progress">Told of each step or variant.</param>
    /// <param name="cancellationToken">Stops between steps; what is done is stored.</param>
    /// <exception cref="ArgumentException">The request's parts do not fit each other.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient was not finite.</exception>
    Task<TResult> DistillAsync(
        TRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default);
}
