using Microsoft.Extensions.DependencyInjection.Extensions;
using Puzzle;
using Puzzle.Pipeline;
using Puzzle.Planning;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers everything with its defaults.</summary>
public static class PuzzleSdkServiceCollectionExtensions
{
    /// <summary>Adds <see cref="PuzzlePipeline"/> and <see cref="Compressor"/> with every role: blockwise and global distillation,
    /// replace-1-block scores, torch profiling, the solver and its baselines. Safe to call twice.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the pipeline's options.</param>
    public static IPuzzleBuilder AddPuzzleDefaults(this IServiceCollection services, Action<PuzzleOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<Compressor>();
        services.TryAddSingleton<Planner>();
        services.TryAddSingleton<SharedWork>();
        return services.AddPuzzle(configure).UseSearch().UseDistillation().FollowDevice();
    }
}
