using Puzzle.Models;
using Puzzle.Native;

namespace Puzzle.Distillation.Training;

/// <summary>
/// Takes optimizer steps on a whole model: a batch is cut over workers with replicas of their own, gradients are
/// summed in worker order, checked, clipped and applied. The result depends on the number of workers, not on timing.
/// </summary>
internal sealed class ModelTrainer : IDisposable
{
    private readonly CausalLanguageModel[] _replicas;
    private readonly FlatGradients[] _gradients;
    private readonly double _maxGradientNorm;

    public ModelTrainer(CausalLanguageModel model, AdamWOptions options, double maxGradientNorm, int workers)
    {
        Optimizer = AdamW.Create([.. model.Weights.Select(weight => weight.Value)], options);
        _maxGradientNorm = maxGradientNorm;
        _replicas = [.. Enumerable.Range(0, workers).Select(_ => ModelReplica.Of(model))];
        _gradients = [.. _replicas.Select(replica => new FlatGradients([.. replica.Weights.Select(weight => weight.Value)]))];
    }

    public AdamW Optimizer { get; }

    /// <summary>Takes one step.</summary>
    /// <param name="what">Named in the exception when the step diverges.</param>
    /// <param name="step">The step, 0-based.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="backward">Accumulates the gradients of worker w's share of the batch in its replica and returns its share of the loss.</param>
    /// <returns>The loss, summed over workers.</returns>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is not finite; nothing was changed.</exception>
    public double Step(string what, int step, double learningRate, Func<CausalLanguageModel, int, double> backward)
    {
        var losses = new double[_replicas.Length];
        TorchWorkers.Run(_replicas.Length, worker =>
        {
            _gradients[worker].Clear();
            losses[worker] = backward(_replicas[worker], worker);
        });
        for (int worker = 1; worker < _gradients.Length; worker++)
            _gradients[0].Add(_gradients[worker]);

        double loss = losses.Sum(), norm = _gradients[0].Norm();
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw new TrainingDivergedException(what, step, loss);
        Optimizer.Step(_gradients[0], learningRate, norm > _maxGradientNorm ? _maxGradientNorm / norm : 1);
        return loss;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        foreach (FlatGradients gradients in _gradients)
            gradients.Dispose();
        foreach (CausalLanguageModel replica in _replicas)
            replica.Dispose();
    }
}
