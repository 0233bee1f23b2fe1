using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests;

/// <summary>One distillation in several processes.</summary>
public sealed class MpiTests : IDisposable
{
    private readonly TinyRun _run = new();

    public MpiTests()
    {
        using CausalLanguageModel child = TinyModel.Create(TinyModel.Config(2) with
        {
            Architecture = new Architecture(
                [new BlockConfig(new GroupedQueryAttentionConfig(2), new GatedFfnConfig(24)), BlockConfig.Parse("gqa-4/noop")]),
        });
        child.Save(_run["child"]);
        Tokenizer.Load(_run.Parent).Save(_run["child"]);
    }

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Distill_InProcesses_MakesTheChildOfOneWithAsManyWorkers(int ranks)
    {
        ConsoleResult alone = ConsoleProcess.Run(Arguments("alone", "--workers", $"{ranks}"));
        using ConsoleProcess process = ConsoleProcess.StartRanks(
            [.. Enumerable.Repeat<IReadOnlyList<string>>(Arguments("together", "--mpi"), ranks)]);
        ConsoleResult together = process.WaitForExit();

        Assert.True(alone.ExitCode == 0, alone.Error);
        Assert.True(together.ExitCode == 0, together.Output + together.Error);
        // One process prints.
        Assert.Equal(alone.Output.Replace(_run["alone"], _run["together"], StringComparison.Ordinal), together.Output);
        Assert.Equal(Steps(alone.Error), Steps(together.Error));
        Assert.Equal(Weights("alone"), Weights("together"));
    }

    [Fact]
    public void Distill_ProcessesThatDiffer_AreRefused()
    {
        using ConsoleProcess process = ConsoleProcess.StartRanks(
            Arguments("together", "--mpi"), Arguments("together", "--mpi", "--kl", "2"));
        ConsoleResult result = process.WaitForExit();

        Assert.Equal(1, result.ExitCode);
        string[] messages = [.. result.Error.Split('\n').Where(line => line.StartsWith("Ranks", StringComparison.Ordinal))];
        // The process that ends first may take the other's words with it.
        Assert.NotEmpty(messages);
        Assert.All(messages, message => Assert.Contains("KlWeight is 1 on rank 0 and 2 on rank 1", message, StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(_run["together"], "child")));
    }

    private static string[] Steps(string error) =>
        [.. error.Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal))];

    private byte[] Weights(string work) => File.ReadAllBytes(Path.Combine(_run[work], "child", "model.safetensors"));

    private string[] Arguments(string work, params string[] further) =>
    [
        "distill", "--parent", _run.Parent, "--child", _run["child"], "--text", _run.Text, "--sequence", "32", "--work", _run[work],
        "--gkd-steps", "10", "--json", .. further,
    ];
}
