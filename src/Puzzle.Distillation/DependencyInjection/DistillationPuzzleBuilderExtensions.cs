using Microsoft.Extensions.Options;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the two distillers.</summary>
public static class DistillationPuzzleBuilderExtensions
{
    /// <summary>Uses blockwise local and global distillation.</summary>
    /// <param name="builder">The builder.</param>
    public static IPuzzleBuilder UseDistillation(this IPuzzleBuilder builder) => builder
        .UseBlockwiseDistillation()
        .UseGlobalDistillation();

    /// <summary>Makes the library by blockwise local distillation.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseBlockwiseDistillation(
        this IPuzzleBuilder builder, Action<BlockwiseDistillationOptions>? configure = null) => builder
        .Options(configure)
        .UseDistiller(provider => new BlockwiseDistiller(provider.GetRequiredService<IOptions<BlockwiseDistillationOptions>>().Value));

    /// <summary>Heals the child by global distillation, with other processes where an <see cref="IGradientReducer"/> is
    /// registered.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseGlobalDistillation(this IPuzzleBuilder builder, Action<GlobalDistillationOptions>? configure = null) =>
        builder
        .Options(configure)
        .UseDistiller(provider => new GlobalDistiller(
            provider.GetRequiredService<IOptions<GlobalDistillationOptions>>().Value, provider.GetService<TimeProvider>(),
            provider.GetService<IGradientReducer>()));
}
