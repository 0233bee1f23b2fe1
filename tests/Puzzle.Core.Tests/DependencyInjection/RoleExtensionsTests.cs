using Microsoft.Extensions.DependencyInjection;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;
using IBlockwise =
    Puzzle.Distillation.IDistiller<Puzzle.Distillation.BlockwiseDistillationRequest, Puzzle.Distillation.BlockwiseDistillationResult>;
using IGlobal = Puzzle.Distillation.IDistiller<Puzzle.Distillation.GlobalDistillationRequest, Puzzle.Distillation.GlobalDistillationResult>;

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
    public void UseDistiller_Wrapper_WrapsThatKindAlone()
    {
        _services.AddPuzzle()
            .UseDistiller<PlainBlockwise>()
            .UseDistiller<PlainGlobal>()
            .UseDistiller((IGlobal inner, IServiceProvider _) => new GlobalWrapper(inner));

        using ServiceProvider provider = _services.BuildServiceProvider();

        Assert.IsType<PlainBlockwise>(provider.GetRequiredService<IBlockwise>());
        Assert.IsType<PlainGlobal>(Assert.IsType<GlobalWrapper>(provider.GetRequiredService<IGlobal>()).Inner);
    }

    [Fact]
    public void UseProfiler_WrapperOfNothing_SaysWhatToRegister()
    {
        var problem = Assert.Throws<InvalidOperationException>(
            () => _services.AddPuzzle().UseProfiler((IThroughputProfiler inner, IServiceProvider _) => inner));

        Assert.Contains(nameof(IThroughputProfiler), problem.Message, StringComparison.Ordinal);
    }

    private sealed class WordScorer(string words) : IBlockScorer
    {
        public string Words => words;

        public IReadOnlyList<ScoreMetric> Metrics => [];

        public IAsyncEnumerable<BlockScore> ScoreAsync(ScoringRequest request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }

    private sealed class PlainSolver : IArchitectureSolver
    {
        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }

    private sealed class Wrapper(string name, IArchitectureSolver inner) : IArchitectureSolver
    {
        public string Name => name;

        public IArchitectureSolver Inner => inner;

        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default) =>
            inner.Solve(problem, cancellationToken);
    }

    private sealed class PlainBlockwise : IBlockwise
    {
        public Task<BlockwiseDistillationResult> DistillAsync(
            BlockwiseDistillationRequest request, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class PlainGlobal : IGlobal
    {
        public Task<GlobalDistillationResult> DistillAsync(
            GlobalDistillationRequest request, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class GlobalWrapper(IGlobal inner) : IGlobal
    {
        public IGlobal Inner => inner;

        public Task<GlobalDistillationResult> DistillAsync(
            GlobalDistillationRequest request, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default) => inner.DistillAsync(request, progress, cancellationToken);
    }
}
