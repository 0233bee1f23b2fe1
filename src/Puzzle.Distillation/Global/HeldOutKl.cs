using Puzzle.Distillation.Training;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Distillation.Global;

/// <summary>The held-out loss of a child, KL(parent || child): each rank looks at its part of the windows, and all know the mean.</summary>
/// <param name="parent">The parent, whose outputs are kept after the first time.</param>
/// <param name="windows">The windows of all ranks.</param>
/// <param name="ranks">Who shares the work.</param>
/// <param name="workers">Windows computed side by side; the result does not depend on it.</param>
internal sealed class HeldOutKl(CausalLanguageModel parent, PackedTokenDataset windows, TrainingRanks ranks, int workers) : IDisposable
{
    private readonly PackedTokenDataset _own = OwnPart(windows, ranks);
    private ParentStates? _states;

    /// <summary>Gives the loss, the same bits on every rank and as one process alone finds.</summary>
    /// <param name="child">The child.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    public double Of(CausalLanguageModel child, CancellationToken cancellationToken)
    {
        double[] own = [];
        if (_own.Count > 0)
        {
            _states ??= new ParentStates(parent, _own, workers, cancellationToken);
            own = ModelEvaluator.KlSums(child, _states, _own, workers, cancellationToken);
        }
        return ModelEvaluator.MeanKl([.. ranks.Gather(own).SelectMany(sums => sums)], windows.SequenceLength);
    }

    public void Dispose() => _states?.Dispose();

    private static PackedTokenDataset OwnPart(PackedTokenDataset windows, TrainingRanks ranks)
    {
        (int start, int end) = BatchShare.Of(windows.Count, ranks.Count, ranks.Rank);
        return ranks.Count == 1 ? windows : windows.Select(window => window >= start && window < end);
    }
}
