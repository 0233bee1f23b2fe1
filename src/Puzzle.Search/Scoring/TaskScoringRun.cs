using Puzzle.Library;
using Puzzle.Measurement.Tasks;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>One pass over the layers: the parent's hidden states before the current one, and the candidates put in there.</summary>
internal sealed class TaskScoringRun : IDisposable
{
    private readonly CausalLanguageModel _parent;
    private readonly IBlockLibrary _library;
    private readonly DownstreamTask _task;
    private readonly int _workers;
    private readonly IReadOnlyList<TaskBatch> _batches;
    private readonly Tensor[] _boundary;

    public TaskScoringRun(CausalLanguageModel parent, IBlockLibrary library, DownstreamTask task, TaskScoringOptions options)
    {
        (_parent, _library, _task, _workers) = (parent, library, task, options.Workers);
        _batches = TaskBatch.Of(task, options.BatchSize);
        _boundary = new Tensor[_batches.Count];
        EachBatch(index => _boundary[index] = _parent.Embed(_batches[index].Ids(_parent.Device)).DetachFromDisposeScope());
    }

    /// <summary>Scores candidates layer by layer.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="found">Receives each, possibly on several threads at once.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    public void Score(IReadOnlyList<BlockVariant> candidates, Action<BlockVariant, TaskEvaluation> found, CancellationToken cancellationToken)
    {
        ILookup<int, BlockVariant> byLayer = candidates.ToLookup(candidate => candidate.Layer);
        int last = candidates.Max(candidate => candidate.Layer);
        for (int layer = 0; ; layer++)
        {
            // The largest group first, so that no worker is left alone with it.
            var groups = byLayer[layer].GroupBy(candidate => candidate.Attention).OrderByDescending(group => group.Count()).ToList();
            TorchWorkers.ForEach(_workers, groups, group => ScoreGroup(group, found, cancellationToken), cancellationToken);
            if (layer == last)
                return;
            cancellationToken.ThrowIfCancellationRequested();
            TransformerBlock block = _parent.Blocks[layer];
            EachBatch(index =>
            {
                Tensor before = _boundary[index];
                _boundary[index] = OwnedBy(block.Forward(before, Rotary(index)), before).DetachFromDisposeScope();
                before.Dispose();
            });
        }
    }

    public void Dispose() => Array.ForEach(_boundary, tensor => tensor?.Dispose());

    // Candidates that share an attention variant: its output is computed once.
    private void ScoreGroup(IGrouping<SubblockVariant, BlockVariant> group, Action<BlockVariant, TaskEvaluation> found, CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        using Subblock attention = _library.LoadSubblock(group.Key, _parent);
        var attended = new Tensor[_batches.Count];
        for (int index = 0; index < attended.Length; index++)
        {
            using var scope = NewDisposeScope();
            attended[index] = OwnedBy(attention.Forward(_boundary[index], Rotary(index)), _boundary[index]).MoveToOuterDisposeScope();
        }
        foreach (BlockVariant candidate in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using Subblock ffn = _library.LoadSubblock(candidate.Ffn, _parent);
            var tally = new TaskTally(_task);
            for (int index = 0; index < attended.Length; index++)
            {
                using var scope = NewDisposeScope();
                RotaryTable rotary = Rotary(index);
                Tensor hidden = ffn.Forward(attended[index], rotary);
                for (int layer = candidate.Layer + 1; layer < _parent.Blocks.Count; layer++)
                    hidden = _parent.Blocks[layer].Forward(hidden, rotary);
                _batches[index].Read(_parent, hidden, tally);
            }
            found(candidate, tally.ToEvaluation());
        }
    }

    private RotaryTable Rotary(int batch) => _parent.Rotary.At(0, _batches[batch].Tokens);

    private void EachBatch(Action<int> work) => TorchWorkers.ForEach(_workers, [.. Enumerable.Range(0, _batches.Count)], index =>
    {
        using var noGradients = no_grad();
        work(index);
    }, CancellationToken.None);

    // A no-op gives its input back, which belongs to another scope, maybe of another thread.
    private static Tensor OwnedBy(Tensor result, Tensor input) => ReferenceEquals(result, input) ? result.alias() : result;
}
