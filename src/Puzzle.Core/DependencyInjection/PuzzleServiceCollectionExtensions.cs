using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the pipeline.</summary>
public static class PuzzleServiceCollectionExtensions
{
    /// <summary>Adds <see cref="PuzzlePipeline"/> and a block library kept in a folder. The other roles come from <c>UseSearch()</c> and
    /// <c>UseDistillation()</c> of the Puzzle.Search and Puzzle.Distillation packages, or are your own. Safe to call twice.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets options; they are validated at start.</param>
    public static IPuzzleBuilder AddPuzzle(this IServiceCollection services, Action<PuzzleOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var builder = new PuzzleBuilder(services);
        builder.Options(configure).Options<RolesCheck>(null);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RolesCheck>, RolesCheck.Validator>());
        services.TryAddSingleton<OpenBlockLibrary>(_ => DirectoryBlockLibrary.Open);
        services.TryAddSingleton(provider => new PuzzlePipeline(
            provider.GetRequiredService<IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>>(),
            provider.GetRequiredService<IDistiller<GlobalDistillationRequest, GlobalDistillationResult>>(),
            provider.GetRequiredService<IBlockScorer>(),
            provider.GetRequiredService<IThroughputProfiler>(),
            provider.GetRequiredService<IArchitectureSolver>(),
            provider.GetServices<SearchBaseline>(),
            provider.GetRequiredService<OpenBlockLibrary>(),
            provider.GetRequiredService<IOptions<PuzzleOptions>>().Value,
            provider.GetService<ILogger<PuzzlePipeline>>(),
            provider.GetService<TimeProvider>()));
        return builder;
    }

    private sealed record PuzzleBuilder(IServiceCollection Services) : IPuzzleBuilder;
}
