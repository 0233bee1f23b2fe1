using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Puzzle.Distillation;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Replaces roles of the pipeline by implementations of your own.</summary>
public static class PuzzleBuilderExtensions
{
    /// <summary>Uses a scorer in place of the registered one.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="create">Creates it, once.</param>
    public static IPuzzleBuilder UseScorer(this IPuzzleBuilder builder, Func<IServiceProvider, IBlockScorer> create) =>
        builder.Replace(create);

    /// <summary>Uses a profiler in place of the registered one.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="create">Creates it, once.</param>
    public static IPuzzleBuilder UseProfiler(this IPuzzleBuilder builder, Func<IServiceProvider, IThroughputProfiler> create) =>
        builder.Replace(create);

    /// <summary>Uses a solver in place of the registered one.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="create">Creates it, once.</param>
    public static IPuzzleBuilder UseSolver(this IPuzzleBuilder builder, Func<IServiceProvider, IArchitectureSolver> create) =>
        builder.Replace(create);

    /// <summary>Uses a distiller in place of the registered one of the same kind, blockwise or global: its request says which.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="create">Creates it, once.</param>
    public static IPuzzleBuilder UseDistiller<TRequest, TResult>(
        this IPuzzleBuilder builder, Func<IServiceProvider, IDistiller<TRequest, TResult>> create)
        where TRequest : DistillationRequest => builder.Replace(create);

    /// <summary>Opens block libraries in a way of your own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="open">Opens the library of a run.</param>
    public static IPuzzleBuilder UseLibrary(this IPuzzleBuilder builder, OpenBlockLibrary open) => builder.Replace(_ => open);

    /// <summary>Adds a simpler way to choose, run beside the solver for comparison; a second one of the same name is ignored.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="baseline">Its name and how it chooses.</param>
    public static IPuzzleBuilder AddBaseline(this IPuzzleBuilder builder, SearchBaseline baseline)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(baseline);
        if (!builder.Services.Any(service => service.ImplementationInstance is SearchBaseline other && other.Name == baseline.Name))
            builder.Services.AddSingleton(baseline);
        return builder;
    }

    /// <summary>Registers options that are validated at start, and sets them.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options; null to leave the defaults.</param>
    public static IPuzzleBuilder Options<TOptions>(this IPuzzleBuilder builder, Action<TOptions>? configure)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        OptionsBuilder<TOptions> options = builder.Services.AddOptions<TOptions>();
        if (!builder.Services.Any(service => service.ImplementationType == typeof(ValidatedOptions<TOptions>)))
        {
            builder.Services.AddSingleton<IValidateOptions<TOptions>, ValidatedOptions<TOptions>>();
            options.ValidateOnStart();
        }
        if (configure is not null)
            options.Configure(configure);
        return builder;
    }

    private static IPuzzleBuilder Replace<TRole>(this IPuzzleBuilder builder, Func<IServiceProvider, TRole> create)
        where TRole : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(create);
        builder.Services.Replace(ServiceDescriptor.Singleton(create));
        return builder;
    }
}
