using System.Diagnostics;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Profiling;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Where the time and the memory of a global distillation step go, and what brain floats change.</summary>
internal static class GlobalBenchmark
{
    private const int Steps = 80;

    public static async Task RunAsync()
    {
        using var parent = new EmbeddedParent();
        PackedTokenDataset data = parent.Training();
        StepTimes(parent, data);
        GlobalMemory.Run();
        await QualityAsync(parent, data);
    }

    // Processor time of the one thread that does everything, rounds interleaved: other work on the machine hardly shows.
    private static void StepTimes(EmbeddedParent parent, PackedTokenDataset data)
    {
        (string Name, ScalarType Type, bool Recompute)[] kinds =
            [("fp32", ScalarType.Float32, false), ("fp32, recomputed", ScalarType.Float32, true), ("bf16", ScalarType.BFloat16, false), ("bf16, recomputed", ScalarType.BFloat16, true)];
        StepTimer[] timers = [.. kinds.Select(kind => new StepTimer(parent, data, kind.Type, kind.Recompute))];
        for (int round = 0; round < 7; round++)
        {
            foreach (StepTimer timer in timers)
                timer.Step(round);
        }
        double slowest = timers[0].Median(times => times.Whole);
        foreach ((var kind, StepTimer timer) in kinds.Zip(timers))
        {
            double whole = timer.Median(times => times.Whole);
            Console.WriteLine(FormattableString.Invariant(
                $"gkd: {kind.Name}: step {whole:F0} ms ({slowest / whole:F2}x), parent forward {timer.Median(times => times.Parent):F0}, child forward {timer.Median(times => times.Child):F0}, heads and backward {timer.Median(times => times.Losses - times.Parent - times.Child):F0}, optimizer {timer.Median(times => times.Whole - times.Losses):F1} ms ({timer.Median(times => (times.Whole - times.Losses) / times.Whole):P1})"));
            timer.Dispose();
        }
    }

    private static async Task QualityAsync(EmbeddedParent parent, PackedTokenDataset data)
    {
        PackedTokenDataset heldOut = parent.HeldOut();
        foreach (TrainingPrecision precision in new[] { TrainingPrecision.Float32, TrainingPrecision.BFloat16 })
        {
            using CausalLanguageModel child = parent.Child();
            long started = Stopwatch.GetTimestamp();
            await new GlobalDistiller(new GlobalDistillationOptions { Steps = Steps, Workers = 2, Precision = precision })
                .DistillAsync(new GlobalDistillationRequest(parent.Model, "parent", data, child, "child"));
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            ModelEvaluation quality = ModelEvaluator.Evaluate(child, parent.Model, heldOut);
            Console.WriteLine(FormattableString.Invariant(
                $"gkd: {Steps} steps in {precision}: {seconds:F1} s, held-out KL {quality.KlDivergence:F5}, LM loss {quality.LanguageModelLoss:F4}, top-1 {quality.Top1:P2}, agreement {quality.Agreement:P2}"));
        }
    }

    private sealed record Times(double Whole, double Losses, double Parent, double Child);

    private sealed class StepTimer : IDisposable
    {
        private readonly List<Times> _times = [];
        private readonly EmbeddedParent _parent;
        private readonly CausalLanguageModel _child;
        private readonly CausalLanguageModel _teacher;
        private readonly CausalLanguageModel _student;
        private readonly PackedTokenDataset _data;
        private readonly ModelTrainer _trainer;
        private readonly DistillationLoss _loss;
        private readonly ThreadProcessorClock _clock = new();

        public StepTimer(EmbeddedParent parent, PackedTokenDataset data, ScalarType type, bool recompute)
        {
            (_parent, _data, _child) = (parent, data, parent.Child());
            _teacher = ModelReplica.As(parent.Model, type);
            _student = ModelReplica.As(_child, type);
            _trainer = new ModelTrainer(_child, new AdamWOptions(), 1, workers: 1, type);
            _loss = new DistillationLoss(new GlobalDistillationOptions { RecomputeActivations = recompute }, 8L * data.SequenceLength, 8L * (data.SequenceLength - 1));
        }

        public void Step(int step)
        {
            set_num_threads(1);
            using var scope = NewDisposeScope();
            Tensor ids = TokenBatch.OfStep(_data, step, 8, CPU);
            double losses = 0, whole = Time(() => _trainer.Step("benchmark", step, 1e-4, (replica, _) =>
            {
                double loss = 0;
                losses = Time(() => loss = _loss.Backward(replica.Model, _teacher, ids, replica.CollectHead));
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
    }
}
