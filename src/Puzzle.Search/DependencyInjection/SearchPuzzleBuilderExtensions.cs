using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Puzzle.Pipeline;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers scoring, profiling and solving.</summary>
public static class SearchPuzzleBuilderExtensions
{
    /// <summary>Uses replace-1-block scoring, torch profiling, the solver, and the greedy and uniform baselines.</summary>
    /// <param name="builder">The builder.</param>
    public static IPuzzleBuilder UseSearch(this IPuzzleBuilder builder) => builder
        .UseReplaceOneBlockScorer()
        .UseTorchProfiler()
        .UseArchitectureSolver()
        .AddBaseline(new SearchBaseline("greedy", new GreedyArchitectureSolver()))
        .AddBaseline(new SearchBaseline("uniform", new UniformArchitectureSolver()));

    /// <summary>Scores by replacing one block of the parent at a time.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseReplaceOneBlockScorer(this IPuzzleBuilder builder, Action<ScoringOptions>? configure = null) => builder
        .Options(configure)
        .UseScorer(provider => new ReplaceOneBlockScorer(provider.GetRequiredService<IOptions<ScoringOptions>>().Value));

    /// <summary>Scores by replacing one block of the parent at a time, on more windows where choices are close.
    /// <see cref="ScoringOptions"/> hold here too.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseSuccessiveHalvingScorer(
        this IPuzzleBuilder builder, Action<SuccessiveHalvingOptions>? configure = null) => builder
        .Options<ScoringOptions>(null)
        .Options(configure)
        .UseScorer(provider => new SuccessiveHalvingScorer(
            provider.GetRequiredService<IOptions<ScoringOptions>>().Value,
                provider.GetRequiredService<IOptions<SuccessiveHalvingOptions>>().Value));

    /// <summary>Profiles by running stacks of subblocks in torch.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseTorchProfiler(this IPuzzleBuilder builder, Action<ProfilingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ProfilingOptions>, DeviceCheck>());
        return builder.Options(configure).UseProfiler(provider => new TorchThroughputProfiler(
            provider.GetRequiredService<IOptions<ProfilingOptions>>().Value, provider.GetService<TimeProvider>()));
    }

    /// <summary>Chooses by the exact solver where it applies, by mixed-integer programming elsewhere.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseArchitectureSolver(this IPuzzleBuilder builder, Action<ArchitectureSolverOptions>? configure = null) =>
        builder
        .Options(configure)
        .UseSolver(provider => new ArchitectureSolver(
            provider.GetRequiredService<IOptions<ArchitectureSolverOptions>>().Value, provider.GetService<TimeProvider>()));

    /// <summary>Chooses by mixed-integer programming with OR-Tools.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseMipSolver(this IPuzzleBuilder builder, Action<MipSolverOptions>? configure = null) => builder
        .Options(configure)
        .UseSolver(provider => new MipArchitectureSolver(
            provider.GetRequiredService<IOptions<MipSolverOptions>>().Value, provider.GetService<TimeProvider>()));
}
