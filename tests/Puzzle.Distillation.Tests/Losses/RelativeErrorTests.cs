using Puzzle.Distillation.Losses;
using static TorchSharp.torch;

namespace Puzzle.Tests.Losses;

public sealed class RelativeErrorTests
{
    // Two sequences of two tokens of two numbers. Squared errors of the tokens: 1, 4, 0, 9; the parent's squares: 25, 4, 1, 100.
    private static readonly float[,,] Parent = { { { 3, 4 }, { 0, 2 } }, { { 1, 0 }, { 6, 8 } } };
    private static readonly float[,,] Child = { { { 3, 5 }, { 2, 2 } }, { { 1, 0 }, { 6, 5 } } };

    [Fact]
    public void PerToken_TwoSequences_IsTheMeanOfTheTokensRatios()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(
            ((1 / 25.0) + (4 / 4.0) + 0 + (9 / 100.0)) / 4, RelativeError.PerToken(tensor(Parent), tensor(Child)).item<float>(), 1e-6);
    }

    [Fact]
    public void PerSequence_TwoSequences_IsTheMeanOfTheSequencesRatios()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(((5 / 29.0) + (9 / 101.0)) / 2, RelativeError.PerSequence(tensor(Parent), tensor(Child)).item<float>(), 1e-6);
    }

    [Fact]
    public void NormalizedMse_TwoSequences_IsOneRatio()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(14 / 130.0, NormalizedMse.Of(tensor(Parent), tensor(Child)).item<float>(), 1e-6);
    }

    [Fact]
    public void PerToken_ParentOfZeros_IsFinite()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(0, RelativeError.PerToken(zeros(1, 2, 2), zeros(1, 2, 2)).item<float>());
        Assert.Equal(2e6, RelativeError.PerToken(zeros(1, 2, 2), ones(1, 2, 2)).item<float>(), 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_OfTheChild_IsThatOfTheDefinition(bool perSequence)
    {
        using var scope = NewDisposeScope();
        using Tensor child = tensor(Child).requires_grad_(true);

        (perSequence ? RelativeError.PerSequence(tensor(Parent), child) : RelativeError.PerToken(tensor(Parent), child)).backward();

        // d/dx of (x - 8)^2 / energy / count at x = 5, the last number.
        double expected = perSequence ? 2 * -3 / 101.0 / 2 : 2 * -3 / 100.0 / 4;
        Assert.Equal(expected, child.grad![1, 1, 1].item<float>(), 1e-6);
    }
}
