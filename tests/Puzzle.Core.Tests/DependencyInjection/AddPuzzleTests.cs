using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Puzzle.Distillation;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Scoring;
using Puzzle.Search;
using Puzzle.Tests.Pipeline;

namespace Puzzle.Tests.DependencyInjection;

public sealed class AddPuzzleTests
{
    [Fact]
    public void AddPuzzle_AllRolesGiven_ResolvesThePipelineOnce()
    {
        using ServiceProvider provider = Builder().Services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        Assert.Same(provider.GetRequiredService<PuzzlePipeline>(), provider.GetRequiredService<PuzzlePipeline>());
        Assert.Same(
            provider.GetRequiredService<IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>>(),
            provider.GetRequiredService<IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>>());
    }

    [Fact]
    public void AddPuzzle_Twice_AddsNothingAndKeepsBothSettings()
    {
        IPuzzleBuilder builder = Builder();
        int services = builder.Services.Count;

        builder.Services.AddPuzzle().UseSolver(_ => new Fakes.Solver());
        Assert.Equal(services, builder.Services.Count);

        builder.Services.AddPuzzle(options => options.UptrainBaselines = true);
        using ServiceProvider provider = builder.Services.BuildServiceProvider();
        PuzzleOptions options = provider.GetRequiredService<IOptions<PuzzleOptions>>().Value;
        Assert.Equal(("harm", true), (options.Objective, options.UptrainBaselines));
        Assert.Single(provider.GetServices<PuzzlePipeline>());
    }

    [Fact]
    public void Use_EveryRole_ReplacesTheOneThereWas()
    {
        var scorer = new Fakes.Scorer();
        var profiler = new Fakes.Profiler();
        var solver = new Fakes.Solver();
        var distiller = new Fakes.Global();
        OpenBlockLibrary open = (_, _) => throw new NotSupportedException();

        using ServiceProvider provider = Builder()
            .UseScorer(_ => scorer).UseProfiler(_ => profiler).UseSolver(_ => solver)
            .UseDistiller(_ => distiller).UseLibrary(open)
            .Services.BuildServiceProvider();

        Assert.Same(scorer, Assert.Single(provider.GetServices<IBlockScorer>()));
        Assert.Same(profiler, Assert.Single(provider.GetServices<IThroughputProfiler>()));
        Assert.Same(solver, Assert.Single(provider.GetServices<IArchitectureSolver>()));
        Assert.Same(distiller, Assert.Single(provider.GetServices<IDistiller<GlobalDistillationRequest, GlobalDistillationResult>>()));
        Assert.IsType<Fakes.Blockwise>(
            Assert.Single(provider.GetServices<IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>>()));
        Assert.Same(open, Assert.Single(provider.GetServices<OpenBlockLibrary>()));
    }

    [Fact]
    public void AddBaseline_SameNameAgain_IsIgnored()
    {
        var first = new SearchBaseline("one", new Fakes.Solver());

        using ServiceProvider provider = Builder()
            .AddBaseline(first)
            .AddBaseline(new SearchBaseline("one", new Fakes.Solver()))
            .AddBaseline(new SearchBaseline("two", new Fakes.Solver()))
            .Services.BuildServiceProvider();

        Assert.Equal(["one", "two"], provider.GetServices<SearchBaseline>().Select(baseline => baseline.Name));
        Assert.Same(first, provider.GetServices<SearchBaseline>().First());
    }

    [Fact]
    public void Options_OutOfRange_FailAtStartAndAtFirstUse()
    {
        IServiceCollection services = Builder().Services;
        services.AddPuzzle(options => options.Objective = "");
        services.AddPuzzle();
        using ServiceProvider provider = services.BuildServiceProvider();

        // What a host calls when it starts.
        var atStart = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());
        var atUse = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<PuzzlePipeline>());

        Assert.Contains(nameof(PuzzleOptions.Objective), Assert.Single(atStart.Failures), StringComparison.Ordinal);
        Assert.Equal(atStart.Failures, atUse.Failures);
    }

    [Fact]
    public void Options_ConsumersOwnValidator_DoesNotSwitchOursOff()
    {
        IServiceCollection services = new ServiceCollection();
        services.AddSingleton<IValidateOptions<PuzzleOptions>, Lenient>();
        services.AddPuzzle(options => options.Objective = "");
        using ServiceProvider provider = services.BuildServiceProvider();

        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());
        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<PuzzleOptions>>().Value);
    }

    private sealed class Lenient : IValidateOptions<PuzzleOptions>
    {
        public ValidateOptionsResult Validate(string? name, PuzzleOptions options) => ValidateOptionsResult.Success;
    }

    private static IPuzzleBuilder Builder() => new ServiceCollection()
        .AddPuzzle(options => options.Objective = "harm")
        .UseScorer(_ => new Fakes.Scorer())
        .UseProfiler(_ => new Fakes.Profiler())
        .UseSolver(_ => new Fakes.Solver())
        .UseDistiller(_ => new Fakes.Blockwise())
        .UseDistiller(_ => new Fakes.Global());
}
