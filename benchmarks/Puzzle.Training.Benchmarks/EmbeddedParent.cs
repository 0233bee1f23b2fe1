using Puzzle.Architectures;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>The console sample's parent and text, and a child of it that no training has touched.</summary>
internal sealed class EmbeddedParent : IDisposable
{
    // Runtimes of about two thirds of the parent's: half the FFNs, fewer KV heads, and two layers without attention.
    private static readonly string[] ChildBlocks = [
        "gqa-8/704", "gqa-2/352", "gqa-8/352", "noop/704", "gqa-2/352", "gqa-2/704", "noop/352", "gqa-8/704"];
    private static readonly string Assets = Path.Combine(Root(), "samples", "Puzzle.Console", "assets");
    private readonly TokenCorpus _training;
    private readonly TokenCorpus _heldOut;

    public EmbeddedParent()
    {
        Model = CausalLanguageModel.Load(Path.Combine(Assets, "parent"));
        (_training, _heldOut) = TokenCorpus.FromFiles(Tokenizer.Load(Path.Combine(Assets, "parent")), [Path.Combine(Assets, "stories.txt")])
            .Split(0.05, seed: 1);
    }

    public CausalLanguageModel Model { get; }

    public PackedTokenDataset Training(int length = 256) => _training.Pack(length, seed: 1);

    public PackedTokenDataset HeldOut(int windows = 48) => PackedTokenDataset.FromWindows(
        [.. Windows(_heldOut.Pack(256)).Take(windows)], Model.Config.VocabularySize);

    /// <summary>Makes the child: pooled KV heads and the FFN channels that contribute most, as blockwise distillation starts
    /// from.</summary>
    public CausalLanguageModel Child()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        PackedTokenDataset data = Training();
        Tensor hidden = Model.Embed(TokenBatch.OfWindows(data, [.. Enumerable.Range(0, 8)], CPU));
        RotaryTable rotary = Model.Rotary.At(0, data.SequenceLength);
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, Tensor weight) in Model.Weights)
            weights[name] = weight.clone();
        BlockConfig[] blocks = [.. ChildBlocks.Select(BlockConfig.Parse)];
        for (int layer = 0; layer < blocks.Length; layer++)
        {
            TransformerBlock own = Model.Blocks[layer];
            Tensor middle = own.Attention.Forward(hidden, rotary);
            if (blocks[layer].Attention is not NoOpAttentionConfig && blocks[layer].Attention != own.Config.Attention)
                Add(AttentionInitializer.Create(
                    Model.Config, (GroupedQueryAttentionConfig)own.Config.Attention, own.Attention.Weights, blocks[layer].Attention));
            if (blocks[layer].Ffn != own.Config.Ffn)
                Add(FfnInitializer.Create(
                    own.Ffn.Weights, ChannelContribution.Measure((GatedFeedForward)own.Ffn, [middle], batches: 1), blocks[layer].Ffn));
            hidden = own.Ffn.Forward(middle, rotary);

            void Add(Dictionary<string, Tensor> made)
            {
                foreach ((string name, Tensor weight) in made)
                    weights[$"model.layers.{layer}.{name}"] = weight;
            }
        }
        return CausalLanguageModel.Create(Model.Config with { Architecture = new Architecture(blocks) }, name => weights[name].clone());
    }

    public void Dispose() => Model.Dispose();

    private static IEnumerable<IReadOnlyList<int>> Windows(PackedTokenDataset data) =>
        Enumerable.Range(0, data.Count).Select(window => (IReadOnlyList<int>)data[window].ToArray());

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Puzzle.Sdk.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("The benchmark must lie within the repository.");
    }
}
