using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

public sealed class TaskScorerConformanceTests : ScorerConformance
{
    protected override bool ReadsData => false;

    protected override IBlockScorer CreateScorer()
    {
        using CausalLanguageModel parent = CreateParent();
        return new TaskScorer(TaskScorerTests.Task(parent), new TaskScoringOptions { Workers = 2 });
    }

    protected override CausalLanguageModel CreateParent() => TinyModel.Loud();

    protected override Text.PackedTokenDataset Text(int seed) => TinyModel.Windows(6, seed: seed);
}
