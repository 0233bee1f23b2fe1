using System.Runtime.InteropServices;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Cluster.Mpi;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Architecture = Puzzle.Architectures.Architecture;

namespace Puzzle.Tests.Mpi;

/// <summary>Global distillation in real processes: the bits of one process, one message where they differ, and what a lost rank
/// leaves.</summary>
public sealed class MpiDistillationTests : IDisposable
{
    private const int Steps = 10;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ThreeRanks_GiveTheBitsOfOneProcessWithThreeWorkers()
    {
        (int exitCode, string output) = Start(3, "plain");

        Assert.True(exitCode == 0, output);
        await EqualsOneProcessAsync(3);
    }

    [Fact]
    public async Task RankKilled_EndsTheJob_AndWhatWasSavedGoesOn()
    {
        (int exitCode, string output) = Start(2, "kill");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("signal 9", output, StringComparison.Ordinal);

        (exitCode, output) = Start(2, "plain");

        Assert.True(exitCode == 0, output);
        // It was killed after seven steps, and the last state is that after six.
        Assert.Equal("7", await File.ReadAllTextAsync(_folder["first-0"]));
        await EqualsOneProcessAsync(2);
    }

    [Fact]
    public void RanksThatDiffer_AreRefusedWithOneMessage()
    {
        (int exitCode, string output) = Start(3, "differ");

        Assert.True(exitCode == 0, output);
        string[] messages = [.. Enumerable.Range(0, 3).Select(rank => File.ReadAllText(_folder[$"refusal-{rank}"])).Distinct()];
        Assert.Equal(
            "Ranks 0 and 2 would not train the same: LearningRate is 0.002 on rank 0 and 0.001 on rank 2. Start all with the same options.",
            Assert.Single(messages));
    }

    [Fact(Explicit = true)]
    public async Task OnRank_Distils()
    {
        string mode = MpiRun.Mode;
        using MpiGradientReducer reducer = MpiGradientReducer.Join();
        int rank = reducer.Rank;
        bool isFirstReport = true;
        var progress = new Immediate(update =>
        {
            if (isFirstReport)
                File.WriteAllText(MpiRun.PathOf($"first-{rank}"), $"{update.Completed}");
            isFirstReport = false;
            if (mode == "kill" && rank == 1 && update.Completed == 7)
                _ = Kill(Environment.ProcessId, 9);
        });
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        var distiller = new GlobalDistiller(Options(workers: 1, rate: mode == "differ" && rank == 2 ? 1e-3 : 2e-3), reducer: reducer);
        GlobalDistillationRequest request = Request(parent, child, MpiRun.PathOf("state"));
        if (mode == "differ")
        {
            var refused = await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(request, progress));
            await File.WriteAllTextAsync(MpiRun.PathOf($"refusal-{rank}"), refused.Message);
            return;
        }

        GlobalDistillationResult result = await distiller.DistillAsync(request, progress);
        child.Save(MpiRun.PathOf($"child-{rank}"));
        await File.WriteAllTextAsync(MpiRun.PathOf($"curve-{rank}"), JsonSerializer.Serialize(result.Curve));
    }

    private static GlobalDistillationOptions Options(int workers, double rate = 2e-3) => new()
    {
        Steps = Steps, BatchSize = 6, LearningRate = rate, Workers = workers, EvaluateEvery = 3, CheckpointEvery = 3,
        Precision = TrainingPrecision.Float32,
    };

    private static CausalLanguageModel Child() => TinyModel.Loud(
        TinyModel.Config() with { Architecture = new Architecture(new[] { "gqa-2/16", "noop/48", "gqa-4/48" }.Select(BlockConfig.Parse)) });

    private static GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child, string? state = null) => new(
        new(parent, "parent"), TinyModel.Windows(12), new(child, "child"), TinyModel.Windows(5, seed: 9), state);

    private (int ExitCode, string Output) Start(int ranks, string mode) =>
        MpiRun.Start(ranks, typeof(MpiDistillationTests), nameof(OnRank_Distils), _folder.Path, mode);

    private async Task EqualsOneProcessAsync(int ranks)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        GlobalDistillationResult expected = await new GlobalDistiller(Options(workers: ranks)).DistillAsync(Request(parent, child));
        child.Save(_folder["alone"]);
        for (int rank = 0; rank < ranks; rank++)
        {
            Assert.Equal(
                expected.Curve, JsonSerializer.Deserialize<List<LossRecord>>(await File.ReadAllTextAsync(_folder[$"curve-{rank}"])));
            Assert.Equal(Weights("alone"), Weights($"child-{rank}"));
        }
    }

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(_folder[name], "model.safetensors"));

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
