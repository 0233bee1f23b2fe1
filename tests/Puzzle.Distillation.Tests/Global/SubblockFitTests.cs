using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.Global;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Global;

/// <summary>The last matrix of a fitted child against least squares by a QR factorization of the rows themselves.</summary>
public sealed class SubblockFitTests
{
    [Theory]
    [InlineData(40, 0.5)]
    [InlineData(130, 1)]
    public async Task DistillAsync_LastFfn_IsTheRidgeRegressionOnTheChildsOwnInput(int windows, double parentsShare)
    {
        PackedTokenDataset text = TinyModel.Windows(windows + 20);
        using CausalLanguageModel parent = TinyModel.Loud(), child = FitCases.Child(parent), before = FitCases.Child(parent);

        GlobalDistillationResult result = await FitCases.FitAsync(parent, child, text, windows);

        Assert.Equal(SequentialFitEnding.Fitted, result.Fit!.Ending);
        AssertLastFfn(parent, before, child, text, windows, parentsShare);
    }

    private static void AssertLastFfn(
        CausalLanguageModel parent, CausalLanguageModel before, CausalLanguageModel child, PackedTokenDataset text, int windows,
        double parentsShare)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        PackedTokenDataset fitted = FitText.Choose(text, windows)!.Fit;
        Tensor ids = TokenBatch.OfWindows(fitted, [.. Enumerable.Range(0, fitted.Count)], CPU);
        using RotaryTable rotary = parent.Rotary.At(0, fitted.SequenceLength);
        Tensor own = parent.Embed(ids), middle = parent.Embed(ids);
        for (int layer = 0; layer < 3; layer++)
        {
            own = parent.Blocks[layer].Forward(own, rotary);
            middle = child.Blocks[layer].Attention.Forward(middle, rotary);
            if (layer < 2)
                middle = child.Blocks[layer].Ffn.Forward(middle, rotary);
        }
        Tensor local = parent.Blocks[2].Ffn.Forward(middle, rotary);
        Tensor target = own.mul(parentsShare).add(local.mul(1 - parentsShare)).sub(middle);
        Tensor x = Rows(((GatedFeedForward)child.Blocks[2].Ffn).Intermediate(middle)), y = Rows(target);
        Tensor start = before.Blocks[2].Ffn.Weights[WeightNames.Down].to(ScalarType.Float64).t();
        double strength = Ridge.Strength(x.t().matmul(x).div(x.size(0)), x.size(0));
        Tensor penalty = eye(16, dtype: ScalarType.Float64).mul(Math.Sqrt(x.size(0) * strength));
        Tensor expected = linalg.lstsq(cat([x, penalty], 0), cat([y, penalty.matmul(start)], 0)).Solution.t();
        Tensor error = child.Blocks[2].Ffn.Weights[WeightNames.Down].sub(expected).abs().max();
        Assert.True(error.item<double>() < 1e-4 * expected.abs().max().item<double>(), $"off by {error.item<double>()}");

        static Tensor Rows(Tensor values) => values.reshape(-1, values.size(-1)).to(ScalarType.Float64);
    }
}
