using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

/// <summary>A config that promises fifty million positions used to cost gigabytes before the first token.</summary>
public sealed class RotaryGrowthTests
{
    [Fact]
    public void At_FiftyMillionPositions_MakesTablesForWhatIsUsed()
    {
        using var scope = NewDisposeScope();
        ModelConfig config = TinyModel.Config() with { MaxPositions = 50_000_000 };
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var huge = new RotaryEmbedding(config, CPU, ScalarType.Float32);
        using var small = new RotaryEmbedding(config with { MaxPositions = 5000 }, CPU, ScalarType.Float32);

        RotaryTable first = huge.At(0, 16), later = huge.At(4990, 10), expected = small.At(4990, 10);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal(expected.Cosine.data<float>().ToArray(), later.Cosine.data<float>().ToArray());
        Assert.Equal(small.At(0, 16).SignedSine.data<float>().ToArray(), first.SignedSine.data<float>().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => huge.At(50_000_000, 1));
    }
}
