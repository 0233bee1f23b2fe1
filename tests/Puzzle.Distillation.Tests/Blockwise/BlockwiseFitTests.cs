using System.Collections.Concurrent;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.Tests.Blockwise;

/// <summary>A stated limit makes pieces smaller; what happens to be free decides nothing that changes bits.</summary>
public sealed class BlockwiseFitTests
{
    private const int Huge = 1 << 20;

    [Fact]
    public void MicroBatch_MoreThanIsFree_IsWhatWasAskedForUnlessALimitIsStated()
    {
        using CausalLanguageModel parent = TinyModel.Create();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(1);
        options.BatchSize = Huge;
        PackedTokenDataset text = TinyModel.Windows(1, length: parent.Config.MaxPositions);
        BlockwiseDistillationRequest request = BlockwiseCases.Request(parent, library) with { Data = text };
        BlockUnit[] units = [.. new UnitPlan(request, options).Of(0)];

        Assert.Equal(Huge, Fit().MicroBatch.Size);
        parent.MaxMemoryBytes = 1;
        Assert.Equal(1, Fit().MicroBatch.Size);
        Assert.Equal(1, Fit().Workers(units));

        BlockwiseFit Fit() => new(request, options, new TextPass(0, 1, 1, 1), units);
    }

    [Fact]
    public async Task DistillAsync_LimitForOneWindow_ComputesOneAtATimeToTheEnd()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        parent.MaxMemoryBytes = 1;
        var counts = new ConcurrentBag<int>();
        BlockwiseDistillationResult result;
        using (MicroBatch.Watch(counts.Add))
            result = await BlockwiseCases.Options(2).DistilAsync(BlockwiseCases.Request(parent, library));

        Assert.NotEmpty(result.Variants);
        Assert.NotEmpty(counts);
        Assert.All(counts, count => Assert.Equal(1, count));
    }
}
