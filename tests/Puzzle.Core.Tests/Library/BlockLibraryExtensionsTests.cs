using Puzzle.Library;
using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Library;

public sealed class BlockLibraryExtensionsTests : IDisposable
{
    private readonly LibraryFolder _folder = new();
    private readonly CausalLanguageModel _parent = TinyModel.Create();

    public void Dispose()
    {
        _parent.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void LoadSubblock_StoredVariant_HasItsWeightsAndNothingElseStaysAlive()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        Subblock own = _parent.Blocks[1].Ffn;
        SubblockVariant variant = library.Add(new SubblockKey(1, SubblockKind.Ffn, "48"), "r", own.Weights, []);
        Assert.Equal(variant, library.Find(variant.Key, variant.Recipe));
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        using (Subblock loaded = library.LoadSubblock(variant, _parent))
        {
            Assert.Equal(before + 4, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
            Assert.Equal(variant.WeightsDigest, WeightsDigest.Of(loaded.Weights));
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Assemble_ParentsAndStoredVariants_GivesTheParentsLogits()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        var blocks = new BlockVariant[_parent.Config.Layers];
        for (int layer = 0; layer < blocks.Length; layer++)
        {
            TransformerBlock block = _parent.Blocks[layer];
            blocks[layer] = new BlockVariant(
                new(new SubblockKey(layer, SubblockKind.Attention, block.Config.Attention.Name), SubblockVariant.ParentRecipe,
                    WeightsDigest.Of(block.Attention.Weights)),
                library.Add(new SubblockKey(layer, SubblockKind.Ffn, block.Config.Ffn.Name), "r", block.Ffn.Weights, []));
        }

        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel child = library.Assemble(blocks, _parent);
        Tensor ids = tensor(new long[] { 1, 5, 9, 2 }, [1, 4]);

        Assert.Equal(_parent.Config.Architecture, child.Config.Architecture);
        Assert.Equal(_parent.Forward(ids).data<float>(), child.Forward(ids).data<float>());
    }
}
