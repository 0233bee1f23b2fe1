using System.Collections.Concurrent;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Work;

namespace Puzzle.Tests.Scoring;

/// <summary>Scores that run out of memory go on in smaller batches.</summary>
public sealed class ScoringOutOfMemoryTests
{
    [Fact]
    public async Task ScoreAsync_MemoryForTwoWindows_GivesTheBitsOfBatchesOfTwo()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary scarce = new(), small = new();
        Dictionary<string, BlockScore> scores;
        using (MicroBatch.Watch(windows =>
        {
            if (windows > 2)
                FailedAllocation.Ask();
        }))
        {
            scores = await ReplaceOneBlockScorerTests.Score(
                parent, scarce, ReplaceOneBlockScorerTests.Candidates(parent, scarce), new ScoringOptions { BatchSize = 4 });
        }
        Dictionary<string, BlockScore> expected = await ReplaceOneBlockScorerTests.Score(
            parent, small, ReplaceOneBlockScorerTests.Candidates(parent, small), new ScoringOptions { BatchSize = 2 });

        Assert.Equal(expected.Count, scores.Count);
        Assert.All(scores.Values, score => Assert.Equal(expected[score.BlockId].Metrics, score.Metrics));
        Assert.Equal(0, scores[TinyModel.OwnBlock(parent, 1).Id].Metrics["kl_div"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ScoreAsync_FailsInTheMiddle_GoesOnWithThoseThatAreLeft(int workers)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        int stored = 0;
        library.OnAdd = () =>
        {
            if (Interlocked.Increment(ref stored) is 4 or 9)
                FailedAllocation.Ask();
        };

        Dictionary<string, BlockScore> scores = await ReplaceOneBlockScorerTests.Score(
            parent, library, candidates, new ScoringOptions { BatchSize = 4, Workers = workers });

        int different = candidates.Select(candidate => candidate.Id).Distinct().Count();
        Assert.Equal(different, scores.Count);
        Assert.Equal(different, library.AddedScores.Count);
        Assert.All(Enumerable.Range(0, 3), layer => Assert.Equal(0, scores[TinyModel.OwnBlock(parent, layer).Id].Metrics["kl_div"]));
    }

    [Fact]
    public async Task ScoreUnits_FailInTheMiddle_AreNotTakenTwiceNorSetAside()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        var units = new ScoreUnits(
            new ScoringRequest(parent, library, candidates, TinyModel.Windows(5)), new ScoringOptions { BatchSize = 4, Workers = 2 });
        int stored = 0;
        library.OnAdd = () =>
        {
            if (Interlocked.Increment(ref stored) == 4)
                FailedAllocation.Ask();
        };
        var gate = new Gate();

        await units.RunAsync(units.Units, library, gate, TestContext.Current.CancellationToken);

        Assert.Empty(gate.Failed);
        Assert.Equal(units.Units.Select(unit => unit.Id).Order(), gate.Begun.Order());
        Assert.Equal(units.Units.Select(unit => unit.Id).Order(), gate.Done.Order());
    }

    [Fact]
    public async Task ScoreAsync_NotEvenOneWindow_SaysWhatIsNeeded()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        using (MicroBatch.Watch(_ => FailedAllocation.Ask()))
        {
            var given = await Assert.ThrowsAsync<InsufficientMemoryException>(() => ReplaceOneBlockScorerTests.Score(
                parent, library, ReplaceOneBlockScorerTests.Candidates(parent, library)));
            Assert.StartsWith("Scoring a block does not fit into memory", given.Message, StringComparison.Ordinal);
        }
    }

    private sealed class Gate : IUnitGate
    {
        private readonly ConcurrentDictionary<string, bool> _taken = new();

        public ConcurrentQueue<string> Begun { get; } = [];

        public ConcurrentQueue<string> Done { get; } = [];

        public ConcurrentQueue<string> Failed { get; } = [];

        // As a folder does: who has a unit does not get it again.
        public bool TryBegin(string unit)
        {
            bool isFree = _taken.TryAdd(unit, true);
            if (isFree)
                Begun.Enqueue(unit);
            return isFree;
        }

        public void Complete(string unit) => Done.Enqueue(unit);

        public bool Fail(string unit, Exception cause)
        {
            Failed.Enqueue(unit);
            return true;
        }
    }
}
