using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

/// <summary>Ids that native code would fail on, or on a GPU end the process for.</summary>
public sealed class BadIdsTests
{
    [Fact]
    public void Forward_BadIds_IsArgumentException()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        Tensor[] bad =
        [
            tensor(new long[] { 1, TinyModel.Vocabulary }, [1, 2]), tensor(new long[] { -1 }, [1, 1]), tensor(new long[] { 1, 2 }),
            zeros([1, 2]), zeros([1, 0], ScalarType.Int64),
            tensor(new int[] { 1, 2 }, [1, 2]),
        ];
        Assert.All(bad, ids => Assert.ThrowsAny<ArgumentException>(() => model.Forward(ids)));
        Assert.All(bad, ids => Assert.ThrowsAny<ArgumentException>(() => model.Embed(ids)));
    }

    [Fact]
    public void Forward_IdsThatDoNotFitTheCache_LeaveItAsItWas()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using var cache = new KeyValueCache(model, batch: 1, capacity: 2);
        Tensor first = tensor(new long[] { 1 }, [1, 1]);
        using Tensor expected = model.Forward(first, cache);

        Assert.ThrowsAny<ArgumentException>(() => model.Forward(tensor(new long[] { 1, 2 }, [1, 2]), cache));
        Assert.ThrowsAny<ArgumentException>(() => model.Forward(tensor(new long[] { 1, 2 }, [2, 1]), cache));

        Assert.Equal(1, cache.Length);
        cache.Truncate(0);
        Assert.Equal(expected.data<float>().ToArray(), model.Forward(first, cache).data<float>().ToArray());
    }
}
