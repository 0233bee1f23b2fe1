using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>
/// Takes optimizer steps on a whole model: a batch is cut over workers with replicas of their own, gradients are
/// summed in worker order, checked, clipped and applied. The result depends on the number of workers over all ranks, not on timing.
/// </summary>
internal sealed class ModelTrainer : IDisposable
{
    private readonly CausalLanguageModel? _lowPrecision;
    private readonly WeightCopy? _copy;
    private readonly TrainingReplica[] _replicas;
    private readonly double _maxGradientNorm;
    private readonly TrainingRanks _ranks;

    /// <param name="model">The model, 32-bit; updated in place.</param>
    /// <param name="options">The optimizer's constants.</param>
    /// <param name="maxGradientNorm">Larger gradients are scaled down.</param>
    /// <param name="workers">Parts that a rank's part of a batch is cut into.</param>
    /// <param name="compute">What passes compute in; 32-bit floats, or brain floats in a copy that follows the model.</param>
    /// <param name="muon">Whether the matrices of layers are updated by <see cref="Muon"/>.</param>
    /// <param name="ranks">Who trains the same model on other parts of the batch; nobody by default.</param>
    public ModelTrainer(
        CausalLanguageModel model, AdamWOptions options, double maxGradientNorm, int workers, ScalarType compute = ScalarType.Float32,
        bool muon = false, TrainingRanks? ranks = null)
    {
        _ranks = ranks ?? new TrainingRanks();
        Tensor[] weights = [.. model.Weights.Select(weight => weight.Value)];
        Optimizer = muon
            ? new Muon(
                weights, model.Blocks.SelectMany(block => block.Weights).Select(weight => weight.Value).Where(weight => weight.dim() == 2),
                options, workers)
            : AdamW.Create(weights, options);
        _maxGradientNorm = maxGradientNorm;
        _lowPrecision = compute == ScalarType.Float32 ? null : ModelReplica.As(model, compute);
        _copy = _lowPrecision is null
            ? null
            : new WeightCopy(weights, [.. _lowPrecision.Weights.Select(weight => weight.Value)], Optimizer);
        _replicas = [.. Enumerable.Range(0, workers).Select(_ => new TrainingReplica(_lowPrecision ?? model))];
    }

    public AdamW Optimizer { get; }

    /// <summary>Gets the windows that passes compute at once, fewer where memory runs out; null where batches are computed whole.</summary>
    public MicroBatch? MicroBatch { get; init; }

    /// <summary>Takes one step.</summary>
    /// <param name="what">Named in the exception when the step diverges.</param>
    /// <param name="step">The step, 0-based.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="backward">Accumulates the gradients of worker w's share of the batch in its replica and returns its share of the
    /// loss, or what is not in the replica's <see cref="TrainingReplica.Losses"/> of it.</param>
    /// <returns>The loss, summed over workers and ranks.</returns>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is not finite, on every rank; nothing was changed.</exception>
    public double Step(string what, int step, double learningRate, Func<TrainingReplica, int, double> backward)
    {
        _copy?.Refresh();
        var losses = new double[_replicas.Length];
        if (MicroBatch is null)
            Passes();
        else
            MicroBatch.Run(Passes);
        // A rank that failed in its passes is not waited for in the sum.
        _ranks.Meet();
        _ranks.Sum(_replicas);
        FlatGradients gradients = _replicas[0].Gradients;

        (double[] onDevice, double ownNorm) = gradients.ReadNorm("step", [.. _replicas.Select(replica => replica.Losses.Value)]);
        double[][] told = _ranks.Gather([.. losses.Zip(onDevice, (returned, added) => returned + added), ownNorm]);
        double loss = told.SelectMany(rank => rank[..^1]).Sum(), norm = told[0][^1];
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw _ranks.OfAll(new TrainingDivergedException(what, step, loss));
        Optimizer.Step(gradients, learningRate, norm > _maxGradientNorm ? _maxGradientNorm / norm : 1);
        return loss;

        // From zero: where memory runs out in one of them all begin again.
        int Passes()
        {
            TorchWorkers.Run(_replicas.Length, worker =>
            {
                _replicas[worker].Clear();
                losses[worker] = backward(_replicas[worker], worker);
                _replicas[worker].Collect();
            });
            return _replicas.Length;
        }
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        foreach (TrainingReplica replica in _replicas)
            replica.Dispose();
        _copy?.Dispose();
        _lowPrecision?.Dispose();
    }
}
