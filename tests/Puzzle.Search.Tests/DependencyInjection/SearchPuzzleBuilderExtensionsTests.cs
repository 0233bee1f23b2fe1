using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.DependencyInjection;

public sealed class SearchPuzzleBuilderExtensionsTests
{
    [Fact]
    public void UseSuccessiveHalvingScorer_AfterOtherScorer_ReplacesItAndKeepsScoringOptions()
    {
        using ServiceProvider provider = new ServiceCollection().AddPuzzle()
            .UseSearch()
            .UseReplaceOneBlockScorer(options => options.Metrics = ["agreement"])
            .UseSuccessiveHalvingScorer(options => options.Objective = "agreement")
            .Services.BuildServiceProvider();

        Assert.Equal(
            [ScoreMetric.Agreement], Assert.IsType<SuccessiveHalvingScorer>(Assert.Single(provider.GetServices<IBlockScorer>())).Metrics);
    }

    [Fact]
    public void UseReplaceOneBlockScorer_UnknownMetric_FailsAtStart()
    {
        using ServiceProvider provider = new ServiceCollection()
            .AddPuzzle()
            .UseReplaceOneBlockScorer(options => options.Metrics = ["perplexity"])
            .Services.BuildServiceProvider();

        Assert.Contains("'perplexity'",
            Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IBlockScorer>()).Message, StringComparison.Ordinal);
    }
}
