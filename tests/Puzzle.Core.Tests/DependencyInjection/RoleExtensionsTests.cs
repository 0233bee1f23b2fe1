using Microsoft.Extensions.DependencyInjection;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Puzzle.Tests.DependencyInjection;

public sealed class RoleExtensionsTests
{
    private readonly ServiceCollection _services = [];

    [Fact]
    public void UseScorer_OfAType_TakesItsParametersFromTheContainer()
    {
        _services.AddSingleton("words");
        _services.AddPuzzle().UseScorer<WordScorer>();

        using ServiceProvider provider = _services.BuildServiceProvider();

        Assert.Equal("words", Assert.IsType<WordScorer>(provider.GetRequiredService<IBlockScorer>()).Words);
    }

    [Fact]
    public void UseSolver_Wrappers_LastAddedIsOutermost()
    {
        _services.AddPuzzle().UseSolver<PlainSolver>()
            .UseSolver((inner, _) => new Wrapper("first", inner))
            .UseSolver((inner, _) => new Wrapper("second", inner));

        using ServiceProvider provider = _services.BuildServiceProvider();

        var outer = Assert.IsType<Wrapper>(provider.GetRequiredService<IArchitectureSolver>());
        var within = Assert.IsType<Wrapper>(outer.Inner);
        Assert.Equal(("second", "first"), (outer.Name, within.Name));
        Assert.IsType<PlainSolver>(within.Inner);
        Assert.Single(_services, service => service.ServiceType == typeof(IArchitectureSolver));
    }

    [Fact]
    public void UseDistiller_Wrapper_WrapsThatStageAlone()
    {
        _services.AddPuzzle()
            .UseDistiller<PlainDistiller>(DistillationStage.Blockwise)
            .UseDistiller<PlainDistiller>(DistillationStage.Global)
            .UseDistiller(DistillationStage.Global, (inner, _) => new DistillerWrapper(inner));

        using ServiceProvider provider = _services.BuildServiceProvider();

        Assert.IsType<PlainDistiller>(provider.GetRequiredKeyedService<IDistiller>(DistillationStage.Blockwise));
        Assert.IsType<PlainDistiller>(Assert.IsType<DistillerWrapper>(provider.GetRequiredKeyedService<IDistiller>(DistillationStage.Global)).Inner);
    }

    [Fact]
    public void UseProfiler_WrapperOfNothing_SaysWhatToRegister()
    {
        var problem = Assert.Throws<InvalidOperationException>(() => _services.AddPuzzle().UseProfiler((IThroughputProfiler inner, IServiceProvider _) => inner));

        Assert.Contains(nameof(IThroughputProfiler), problem.Message, StringComparison.Ordinal);
    }

    private sealed class WordScorer(string words) : IBlockScorer
    {
        public string Words => words;

        public IReadOnlyList<ScoreMetric> Metrics => [];

        public IAsyncEnumerable<BlockScore> ScoreAsync(ScoringRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class PlainSolver : IArchitectureSolver
    {
        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class Wrapper(string name, IArchitectureSolver inner) : IArchitectureSolver
    {
        public string Name => name;

        public IArchitectureSolver Inner => inner;

        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default) => inner.Solve(problem, cancellationToken);
    }

    private sealed class PlainDistiller : IDistiller
    {
        public Task<DistillationResult> DistillAsync(DistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class DistillerWrapper(IDistiller inner) : IDistiller
    {
        public IDistiller Inner => inner;

        public Task<DistillationResult> DistillAsync(DistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.DistillAsync(request, progress, cancellationToken);
    }
}
