using System.Runtime.InteropServices;
using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Sizing;
using Architecture = Puzzle.Architectures.Architecture;
using static TorchSharp.torch;

namespace Puzzle.Tests.Sizing;

/// <summary>Closed forms against what the C library has in use.</summary>
[Collection(AloneCollection.Name)]
public sealed partial class SubblockPassesTests
{
    private const int Windows = 2, Tokens = 512;

    private static readonly ModelConfig Model = TinyModel.Config() with
    {
        HiddenSize = 64,
        AttentionHeads = 4,
        HeadSize = 16,
        MaxPositions = Tokens,
        Architecture = new Architecture(
            new[] { "gqa-4/160", "gqa-1/160", "linear/linear", "noop/noop" }.Select(BlockConfig.Parse)),
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Kept_OfALayer_IsWhatItsGraphHolds(int layer)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only glibc tells what is in use.");
        using CausalLanguageModel model = TinyModel.Loud(Model);
        foreach ((_, Tensor weight) in model.Weights)
            weight.requires_grad_(true);
        TransformerBlock block = model.Blocks[layer];
        using RotaryTable rotary = model.Rotary.At(0, Tokens);
        var passes = new SubblockPasses(Model, Windows, Tokens);
        (PassNumbers attention, PassNumbers ffn) = (
            passes.Of(block.Config.Attention, isTrained: true), passes.Of(block.Config.Ffn, isTrained: true));
        long stream = (long)Windows * Tokens * Model.HiddenSize;
        long expected = attention.Kept + ffn.Kept + (attention.Made > 0 ? stream : 0) + (ffn.Made > 0 ? stream : 0);

        using Tensor hidden = randn(Windows, Tokens, Model.HiddenSize).requires_grad_(true);
        Graph(block, hidden, rotary);
        Equal(expected, Graph(block, hidden, rotary));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(0, false)]
    [InlineData(2, false)]
    public void Kept_OfAUnit_IsWhatItsGraphHolds(int layer, bool isAttention)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only glibc tells what is in use.");
        using CausalLanguageModel model = TinyModel.Loud(Model);
        TransformerBlock block = model.Blocks[layer];
        foreach (Tensor weight in (isAttention ? block.Attention : block.Ffn).Weights.Values)
            weight.requires_grad_(true);
        using RotaryTable rotary = model.Rotary.At(0, Tokens);
        using Tensor hidden = randn(Windows, Tokens, Model.HiddenSize);
        var passes = new SubblockPasses(Model, Windows, Tokens);
        long stream = (long)Windows * Tokens * Model.HiddenSize;
        long expected = isAttention
            ? passes.Of(block.Config.Attention, true, true).Kept + stream + passes.Of(block.Config.Ffn, false).Kept + stream
            : passes.Of(block.Config.Ffn, true, true).Kept + stream;

        Run();
        Equal(expected, Run());

        long Run() => InUse(() => isAttention
            ? block.Ffn.Forward(block.Attention.ForwardFolded(hidden, rotary), rotary)
            : block.Ffn.ForwardFolded(hidden, rotary));
    }

    private static long Graph(TransformerBlock block, Tensor hidden, RotaryTable rotary) => InUse(() => block.Forward(hidden, rotary));

    // Bytes that are in use more while the output and its graph are there.
    private static long InUse(Func<Tensor> forward)
    {
        using var scope = NewDisposeScope();
        long before = InUse();
        forward();
        return InUse() - before;
    }

    private static long InUse()
    {
        AllocatorInformation information = Information();
        return (long)(information.Used + information.Mapped);
    }

    // Nodes of the graph and small vectors, norms' scales for one, come beside it.
    private static void Equal(long numbers, long bytes) =>
        Assert.InRange(bytes, (long)(0.98 * numbers * sizeof(float)), (long)(1.03 * numbers * sizeof(float)) + 65536);

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial AllocatorInformation Information();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct AllocatorInformation
    {
        private readonly nuint _arena, _free, _fast, _maps;

        public readonly nuint Mapped;

        private readonly nuint _most, _fastBytes;

        public readonly nuint Used;

        private readonly nuint _freeBytes, _top;
    }
}
