using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Tests.Library;

public sealed class WeightsDigestTests
{
    [Fact]
    public void Of_AnyDifference_GivesAnotherDigest()
    {
        using var scope = NewDisposeScope();
        Tensor weight = tensor(new[] { 1f, 2, 3, 4 }, [2, 2]);
        string[] digests =
        [
            WeightsDigest.Of(new Dictionary<string, Tensor>()),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = weight }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["b"] = weight }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = weight.t() }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = weight.view(4) }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = weight.to(ScalarType.Float64) }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = zeros(2) }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = zeros(2, 0) }),
        ];

        Assert.Equal(digests.Length, digests.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Of_SameContentInAnotherLayoutAndOrder_GivesTheSameDigest()
    {
        using var scope = NewDisposeScope();
        Tensor weight = tensor(new[] { 1f, 2, 3, 4, 5, 6 }, [2, 3]);
        Tensor sameStrided = weight.t().contiguous().t();

        Assert.Equal(
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["a"] = weight, ["b"] = ones(1) }),
            WeightsDigest.Of(new Dictionary<string, Tensor> { ["b"] = ones(1), ["a"] = sameStrided }));
    }
}
