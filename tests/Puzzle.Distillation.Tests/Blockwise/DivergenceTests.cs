using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Blockwise;

public sealed class DivergenceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DistillAsync_OutputsThatAreNotFinite_ThrowsAndStoresNothingOfThatLayer(bool coupled)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        using (no_grad())
            parent.Blocks[1].Ffn.Weights["mlp.down_proj.weight"].fill_(float.NaN);
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder.Path, "parent");
        BlockConfig[] pairs = [BlockConfig.Parse("gqa-1/16")];

        var exception = await Assert.ThrowsAsync<TrainingDivergedException>(() => BlockwiseCases.Options(2).DistilAsync(
            BlockwiseCases.Request(parent, library) with { Pairs = coupled ? [pairs, pairs, pairs] : null }));

        Assert.Equal((0, double.NaN), (exception.Step, exception.Loss));
        Assert.Contains("layer 1", exception.Message, StringComparison.Ordinal);
        Assert.Equal(coupled ? 2 : 6, library.Variants.Count(variant => variant.Key.Layer == 0));
        // A no-op needs no training.
        Assert.All(library.Variants.Where(variant => variant.Key.Layer > 0), variant => Assert.Equal("noop", variant.Key.Config));
        Assert.Equal(library.Variants.Count, Directory.GetFiles(folder["variants"]).Length);
    }
}
