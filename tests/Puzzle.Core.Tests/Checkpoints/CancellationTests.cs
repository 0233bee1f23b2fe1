using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

/// <summary>What reads or writes whole models stops when it is asked to, and leaves what was there.</summary>
public sealed class CancellationTests : IDisposable
{
    private static readonly CancellationToken Canceled = new(canceled: true);
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Calls => [.. Works(null!, null!).Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public void Canceled_StopsAndLeavesNothing(string call)
    {
        using CausalLanguageModel model = TinyModel.Create();
        model.Save(_folder["parent"]);
        File.WriteAllText(_folder["text.txt"], "One.\n\nTwo.");
        string[] before = Everything();

        Assert.ThrowsAny<OperationCanceledException>(Works(model, _folder)[call]);

        Assert.Equal(before, Everything());
    }

    [Fact]
    public void Save_CanceledMidway_KeepsTheCheckpointThatWasThere()
    {
        using CausalLanguageModel model = TinyModel.Create(), other = TinyModel.Create(seed: 2);
        model.Save(_folder["child"]);
        var before = Contents();
        using var source = new CancellationTokenSource();
        int given = 0;
        var weights = other.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);

        Assert.ThrowsAny<OperationCanceledException>(() => CheckpointWriter.Save(
            _folder["child"], other.Config, name =>
            {
                if (++given == 5)
                    source.Cancel();
                return weights[name].detach();
            },
            ScalarType.Float32, cancellationToken: source.Token));

        Assert.Equal(5, given);
        Assert.Equal(before, Contents());
    }

    // The check of a file's digest was remembered as failed.
    [Fact]
    public void Read_AfterACanceledOne_Reads()
    {
        using CausalLanguageModel model = TinyModel.Create();
        model.Save(_folder["model"]);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(_folder["model"]);
        Assert.ThrowsAny<OperationCanceledException>(() => CausalLanguageModel.Load(checkpoint, cancellationToken: Canceled));

        using CausalLanguageModel loaded = CausalLanguageModel.Load(checkpoint);

        Assert.True(loaded.Embedding.equal(model.Embedding).all().item<bool>());
    }

    private static Dictionary<string, Action> Works(CausalLanguageModel model, TestFolder folder) => new()
    {
        ["Load"] = () => CausalLanguageModel.Load(folder["parent"], cancellationToken: Canceled),
        ["Open"] = () => CausalLanguageModel.Open(folder["parent"], cancellationToken: Canceled),
        ["Read"] = () =>
        {
            using CheckpointFolder checkpoint = CheckpointFolder.Open(folder["parent"]);
            checkpoint.Read(WeightNames.Embedding, cancellationToken: Canceled);
        },
        ["ComputeFingerprint"] = () =>
        {
            using CheckpointFolder checkpoint = CheckpointFolder.Open(folder["parent"]);
            checkpoint.ComputeFingerprint(Canceled);
        },
        ["Save"] = () => model.Save(folder["child"], cancellationToken: Canceled),
        ["Save, in place"] = () => model.Save(folder["parent"], cancellationToken: Canceled),
        ["RandomWeights.Save"] = () => RandomWeights.Save(folder["child"], model.Config, 1, cancellationToken: Canceled),
        ["WeightsDigest.Of"] = () => WeightsDigest.Of(model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value), Canceled),
        ["FolderDigests.Of"] = () => FolderDigests.Of(folder["parent"], cancellationToken: Canceled),
        ["FolderDigests.AreIntact"] = () => FolderDigests.Read(folder["parent"])!.AreIntact(folder["parent"], Canceled),
        ["TextDocuments.Read"] = () => _ = TextDocuments.Read(folder["text.txt"], "\n\n", Canceled).Count(),
        ["TokenCorpus.FromFiles"] = () => TokenCorpus.FromFiles(
            LetterTokenizer.Create(), [folder["text.txt"]], cancellationToken: Canceled),
        ["Assemble"] = () =>
        {
            using var library = new MemoryBlockLibrary();
            library.Assemble(
                [.. Enumerable.Range(0, model.Config.Layers).Select(layer => TinyModel.OwnBlock(model, layer))], model,
                cancellationToken: Canceled);
        },
    };

    private string[] Everything() =>
        [.. Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories)
            .Where(entry => !entry.EndsWith(".lock", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    private SortedDictionary<string, string> Contents() =>
        new(Everything().Where(File.Exists).ToDictionary(file => file, file => Convert.ToHexString(File.ReadAllBytes(file))));
}
