using Puzzle.Distillation.Global;
using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Search.Profiling;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Times steps of global distillation on one thread, in that thread's processor time.</summary>
internal sealed class StepTimer : IDisposable
{
    private readonly List<Times> _times = [];
    private readonly CausalLanguageModel _child;
    private readonly CausalLanguageModel _teacher;
    private readonly CausalLanguageModel _student;
    private readonly PackedTokenDataset _data;
    private readonly ModelTrainer _trainer;
    private readonly DistillationLoss _loss;
    private readonly ThreadProcessorClock _clock = new();

    /// <summary>Prepares a training of a child, which it owns.</summary>
    public StepTimer(CausalLanguageModel parent, CausalLanguageModel child, PackedTokenDataset data, ScalarType type, bool recompute)
    {
        (_data, _child) = (data, child);
        _teacher = ModelReplica.As(parent, type);
        _student = ModelReplica.As(_child, type);
        _trainer = new ModelTrainer(_child, new AdamWOptions(), 1, workers: 1, type);
        _loss = new DistillationLoss(
            new GlobalDistillationOptions { RecomputeActivations = recompute }, 8L * data.SequenceLength, 8L * (data.SequenceLength - 1));
    }

    public void Step(int step)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        Tensor ids = TokenBatch.OfStep(_data, step, 8, CPU);
        double losses = 0, whole = Time(() => _trainer.Step("benchmark", step, 1e-4, (replica, _) =>
        {
            double loss = 0;
            losses = Time(() => loss = _loss.Backward(replica.Model, _teacher, ids, replica.CollectHead).item<double>());
            return loss;
        }));
        if (step > 0)
            _times.Add(new Times(whole, losses, Time(() => Forward(_teacher, ids)), Time(() => Forward(_student, ids))));
    }

    public double Median(Func<Times, double> of)
    {
        double[] values = [.. _times.Select(of).Order()];
        return values[values.Length / 2];
    }

    public void Dispose()
    {
        _loss.Dispose();
        _trainer.Dispose();
        _student.Dispose();
        _teacher.Dispose();
        _child.Dispose();
    }

    private static void Forward(CausalLanguageModel model, Tensor ids)
    {
        using var noGradients = no_grad();
        Tensor hidden = model.Embed(ids);
        RotaryTable rotary = model.Rotary.At(0, (int)ids.size(1));
        foreach (TransformerBlock block in model.Blocks)
            hidden = block.Forward(hidden, rotary);
    }

    private double Time(Action work)
    {
        using var scope = NewDisposeScope();
        long started = _clock.GetTimestamp();
        work();
        return _clock.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Milliseconds of a step, of its losses and gradients, and of the two models' forward passes alone.</summary>
    internal sealed record Times(double Whole, double Losses, double Parent, double Child);
}
