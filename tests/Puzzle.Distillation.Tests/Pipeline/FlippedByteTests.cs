using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Pipeline;

/// <summary>
/// One byte flipped in any file of a finished run: the next run gives the same child, or names the file that is damaged. More of them by
/// hand with <c>PUZZLE_FLIPS</c>.
/// </summary>
public sealed class FlippedByteTests
{
    private const int Few = 12;

    [Fact]
    public async Task RunAgain_AnyByteOfAnyFileFlipped_IsTheSameOrRefused()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        PuzzleRequest request = Request(parent, folder["work"]);
        PuzzleResult expected = await RunAsync(request);
        byte[] child = File.ReadAllBytes(Path.Combine(expected.Child!.Folder, "model.safetensors"));
        var random = new Random(9);
        string[] kinds = [.. Files(folder["work"])
            .GroupBy(file => Path.GetDirectoryName(file)! + Path.GetExtension(file))
            .Select(kind => kind.Key)];
        int flips = int.TryParse(Environment.GetEnvironmentVariable("PUZZLE_FLIPS"), CultureInfo.InvariantCulture, out int number)
            ? number
            : Few;

        for (int i = 0; i < flips; i++)
        {
            string[] files = [.. Files(folder["work"])
                .Where(file => Path.GetDirectoryName(file)! + Path.GetExtension(file) == kinds[i % kinds.Length])];
            string file = files[random.Next(files.Length)];
            byte[] whole = File.ReadAllBytes(file), damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);
            try
            {
                PuzzleResult result = await RunAsync(request);
                Assert.Equal(expected.Child.Architecture, result.Child!.Architecture);
                Assert.Equal(expected.Child.Final, result.Child.Final);
                Assert.Equal(child, File.ReadAllBytes(Path.Combine(result.Child.Folder, "model.safetensors")));
            }
            catch (CheckpointFormatException refused)
            {
                Assert.Equal(file, refused.File);
                File.WriteAllBytes(file, whole);
            }
        }
    }

    // Those that a run reads; what it has set aside is not.
    private static IEnumerable<string> Files(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => new FileInfo(file).Length > 0 && !file.Contains(
            "damaged", StringComparison.Ordinal) && !file.Contains("kept", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static Task<PuzzleResult> RunAsync(PuzzleRequest request) => new PuzzlePipeline(
        new BlockwiseDistiller(
            new BlockwiseDistillationOptions { Steps = 2, BatchSize = 2, CalibrationWindows = 2, HeldOutWindows = 2, Workers = 2 }),
        new GlobalDistiller(new GlobalDistillationOptions { Steps = 2, BatchSize = 2, Workers = 2 }),
        new ReplaceOneBlockScorer(), new ShapeProfiler(), new ExactArchitectureSolver(),
        [new SearchBaseline("greedy", new GreedyArchitectureSolver())]).RunAsync(request);

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(6),
        ScoringText = TinyModel.Windows(2, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Create(parent.Config, [50], 4, withLinear: false),
        Workload = new Workload(1, 8, 8),
        Target = new DeploymentTarget { Parameters = CostBound.AtMostOfParent(0.7) },
        WorkDirectory = folder,
    };

    private sealed class ShapeProfiler : IThroughputProfiler
    {
        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(MemoryModel.Table(request));
    }
}
