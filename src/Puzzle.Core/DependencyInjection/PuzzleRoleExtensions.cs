using Microsoft.Extensions.DependencyInjection.Extensions;
using Puzzle.Distillation;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers roles by type, their constructors' parameters taken from the container, and wraps those that are
/// registered.</summary>
public static class PuzzleRoleExtensions
{
    /// <summary>Uses a scorer of a type in place of the registered one.</summary>
    /// <param name="builder">The builder.</param>
    public static IPuzzleBuilder UseScorer<TScorer>(this IPuzzleBuilder builder)
        where TScorer : class, IBlockScorer => builder.UseScorer(provider => ActivatorUtilities.CreateInstance<TScorer>(provider));

    /// <summary>Uses a profiler of a type in place of the registered one.</summary>
    /// <param name="builder">The builder.</param>
    public static IPuzzleBuilder UseProfiler<TProfiler>(this IPuzzleBuilder builder)
        where TProfiler : class, IThroughputProfiler =>
            builder.UseProfiler(provider => ActivatorUtilities.CreateInstance<TProfiler>(provider));

    /// <summary>Uses a solver of a type in place of the registered one.</summary>
    /// <param name="builder">The builder.</param>
    public static IPuzzleBuilder UseSolver<TSolver>(this IPuzzleBuilder builder)
        where TSolver : class, IArchitectureSolver => builder.UseSolver(provider => ActivatorUtilities.CreateInstance<TSolver>(provider));

    /// <summary>Uses a distiller of a type in place of the registered one of the same kind, blockwise or global: its request says
    /// which.</summary>
    /// <param name="builder">The builder.</param>
    /// <exception cref="ArgumentException">The type is no <see cref="IDistiller{TRequest, TResult}"/>.</exception>
    public static IPuzzleBuilder UseDistiller<TDistiller>(this IPuzzleBuilder builder)
        where TDistiller : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        Type role = typeof(TDistiller)
            .GetInterfaces()
            .FirstOrDefault(role => role.IsGenericType && role.GetGenericTypeDefinition() == typeof(IDistiller<,>))
            ?? throw new ArgumentException($"{typeof(TDistiller).Name} is no distiller.", nameof(builder));
        builder.Services.Replace(ServiceDescriptor.Singleton(role, provider => ActivatorUtilities.CreateInstance<TDistiller>(provider)));
        return builder;
    }

    /// <summary>Wraps the registered scorer; of several wrappers the last added is outermost.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="decorate">Makes the wrapper of what was registered so far.</param>
    /// <exception cref="InvalidOperationException">No scorer is registered yet.</exception>
    public static IPuzzleBuilder UseScorer(this IPuzzleBuilder builder, Func<IBlockScorer, IServiceProvider, IBlockScorer> decorate) =>
        Decorate(builder, decorate);

    /// <summary>Wraps the registered profiler; of several wrappers the last added is outermost.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="decorate">Makes the wrapper of what was registered so far.</param>
    /// <exception cref="InvalidOperationException">No profiler is registered yet.</exception>
    public static IPuzzleBuilder UseProfiler(
        this IPuzzleBuilder builder,
        Func<IThroughputProfiler, IServiceProvider, IThroughputProfiler> decorate) => Decorate(builder, decorate);

    /// <summary>Wraps the registered solver; of several wrappers the last added is outermost.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="decorate">Makes the wrapper of what was registered so far.</param>
    /// <exception cref="InvalidOperationException">No solver is registered yet.</exception>
    public static IPuzzleBuilder UseSolver(
        this IPuzzleBuilder builder,
        Func<IArchitectureSolver, IServiceProvider, IArchitectureSolver> decorate) => Decorate(builder, decorate);

    /// <summary>Wraps the registered distiller of a kind; of several wrappers the last added is outermost.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="decorate">Makes the wrapper of what was registered so far.</param>
    /// <exception cref="InvalidOperationException">No distiller of the kind is registered yet.</exception>
    public static IPuzzleBuilder UseDistiller<TRequest, TResult>(
        this IPuzzleBuilder builder, Func<IDistiller<TRequest, TResult>, IServiceProvider, IDistiller<TRequest, TResult>> decorate)
        where TRequest : DistillationRequest => Decorate(builder, decorate);

    private static IPuzzleBuilder Decorate<TRole>(IPuzzleBuilder builder, Func<TRole, IServiceProvider, TRole> decorate)
        where TRole : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(decorate);
        ServiceDescriptor inner = builder.Services.LastOrDefault(service => service.ServiceType == typeof(TRole))
            ?? throw new InvalidOperationException(
                $"There is no {typeof(TRole).Name} to wrap: register one first, for example by UseSearch() or UseDistillation().");
        builder.Services.Remove(inner);
        builder.Services.AddSingleton(provider => decorate(Create(provider), provider));
        return builder;

        TRole Create(IServiceProvider provider) =>
            (TRole)(inner.ImplementationInstance ?? inner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(
                provider, inner.ImplementationType!));
    }
}
