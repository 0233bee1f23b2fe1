using System.Runtime.InteropServices;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Live tensors and resident memory over 200 steps of every loop, while another thread forces a collection every
/// millisecond.</summary>
internal static partial class LoopBenchmark
{
    private const int Steps = 200;

    public static async Task RunAsync()
    {
        using CausalLanguageModel parent = RandomWeights.Create(BenchmarkModel.Config with
        {
            Architecture = Puzzle.Architectures.Architecture.Uniform(2, BenchmarkModel.Config.Architecture[0]),
        }, 1);
        PackedTokenDataset data = BenchmarkModel.Windows(400, 64);
        using var collecting = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!collecting.IsCancellationRequested)
            {
                GC.Collect(0);
                Thread.Sleep(1);
            }
        });
        collector.Start();

        await MeasureAsync("training on text", progress => Task.Run(() =>
        {
            using CausalLanguageModel model = RandomWeights.Create(parent.Config, 2);
            new LanguageModelTrainer(new LanguageModelTrainingOptions { Steps = Steps, BatchSize = 2, Workers = 2 })
                .Train(model, data, progress: progress);
        }));
        await MeasureAsync("global distillation", async progress =>
        {
            using CausalLanguageModel child = RandomWeights.Create(parent.Config, 3);
            await new GlobalDistiller(new GlobalDistillationOptions { Steps = Steps, BatchSize = 2, Workers = 2 })
                .DistillAsync(new GlobalDistillationRequest(new(parent, "p"), data, new(child, "c")), progress);
        });
        // Blockwise distillation reports per variant: 200 variants of few steps show the same thing.
        await MeasureAsync("blockwise distillation", async progress =>
        {
            string folder = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
            using (var library = DirectoryBlockLibrary.Open(folder, new string('0', 64)))
            {
                SearchSpace space = SearchSpace.Uniform(
                    parent.Config.Architecture, [], [.. Enumerable.Range(1, Steps / 2).Select(i => new GatedFfnConfig(i * 4))]);
                await new BlockwiseDistiller(
                    new BlockwiseDistillationOptions { Steps = 4, BatchSize = 2, Workers = 2, CalibrationWindows = 4, HeldOutWindows = 2 })
                    .DistillAsync(new BlockwiseDistillationRequest(new(parent, library.ParentFingerprint), data, space, library), progress);
            }
            Directory.Delete(folder, recursive: true);
        });
        await collecting.CancelAsync();
        collector.Join();
    }

    private static async Task MeasureAsync(string name, Func<IProgress<TrainingProgress>, Task> run)
    {
        var points = new Dictionary<int, (long Tensors, long Resident)>();
        await run(new Immediate(update =>
        {
            if (update.Completed % 40 == 0)
            {
                // The forced collections of the youngest generation promote what a step holds: without this, that is what grows.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
                _ = Trim(0);
                points[update.Completed] = (Tensor.TotalCount, Environment.WorkingSet);
            }
        }));
        foreach ((int step, (long tensors, long resident)) in points.OrderBy(point => point.Key))
            Console.WriteLine(
                FormattableString.Invariant($"loops: {name}: step {step}: {tensors} live tensors, {resident / 1048576.0:F1} MiB resident"));
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint pad);

    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            lock (this)
                report(value);
        }
    }
}
