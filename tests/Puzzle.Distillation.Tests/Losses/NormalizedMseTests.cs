using Puzzle.Distillation.Losses;
using static TorchSharp.torch;

namespace Puzzle.Tests.Losses;

public sealed class NormalizedMseTests
{
    [Fact]
    public void Of_TwoOutputs_IsTheErrorsShareOfTheParentsEnergy()
    {
        using var scope = NewDisposeScope();
        Tensor parent = tensor(new float[] { 1, -2, 3, 0 }), child = tensor(new float[] { 2, -2, 1, 1 });

        Assert.Equal((1 + 0 + 4 + 1) / 14.0, NormalizedMse.Of(parent, child).item<float>(), 1e-6);
        Assert.Equal(0, NormalizedMse.Of(parent, parent).item<float>());
        Assert.Equal(1, NormalizedMse.Of(parent, zeros(4)).item<float>());
    }
}
