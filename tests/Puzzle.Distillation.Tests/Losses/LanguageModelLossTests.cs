using Puzzle.Architectures;
using Puzzle.Distillation.Losses;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Losses;

public sealed class LanguageModelLossTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Backward_SeveralChunks_EqualsTheWholeHead(bool tied)
    {
        // 300 predicted tokens; so large a vocabulary is cut to 128 rows a chunk.
        using CausalLanguageModel model = TinyModel.Loud(LargeVocabulary(tied));
        using var scope = NewDisposeScope();
        Assert.Equal(128, ChunkedHead.RowsPerChunk(model.Config.VocabularySize));
        Tensor ids = randint(0, model.Config.VocabularySize, [3, 101], generator: new Generator(5)).to(ScalarType.Int64);

        (double loss, float[] gradients) = Gradients.Of(model, () => LanguageModelLoss.Backward(model, ids, 0.25));
        (double expected, float[] expectedGradients) = Gradients.Of(model, () =>
        {
            Tensor logits = model.Forward(ids.narrow(1, 0, 100)).view(300, -1);
            Tensor mean = nn.functional.cross_entropy(logits, ids.narrow(1, 1, 100).reshape(-1));
            mean.mul(tensor(0.25f)).backward();
            return mean.item<float>();
        });

        Assert.Equal(expected, loss, 1e-5);
        Gradients.Equal(expectedGradients, gradients);
    }

    [Fact]
    public void Mean_OfAllWindows_IsTheAverageOfTheirLosses()
    {
        using CausalLanguageModel model = TinyModel.Loud();
        var windows = TinyModel.Windows(3);
        using var scope = NewDisposeScope();
        double expected = Enumerable.Range(0, 3).Average(window =>
        {
            long[] ids = [.. windows[window].ToArray().Select(id => (long)id)];
            return Gradients.Of(model, () => LanguageModelLoss.Backward(model, tensor(ids, [1, ids.Length]), 1)).Loss;
        });

        Assert.Equal(expected, LanguageModelLoss.Mean(model, windows, workers: 1), 1e-5);
        Assert.Equal(LanguageModelLoss.Mean(model, windows, workers: 1), LanguageModelLoss.Mean(model, windows, workers: 2));
    }

    private static ModelConfig LargeVocabulary(bool tied) => new()
    {
        VocabularySize = 33_000,
        HiddenSize = 8,
        AttentionHeads = 1,
        HeadSize = 8,
        MaxPositions = 128,
        TieWordEmbeddings = tied,
        Architecture = Architecture.Uniform(1, BlockConfig.Parse("gqa-1/8")),
    };
}
