using Microsoft.Extensions.Options;
using Puzzle.Deployment.Profiling;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what measures in the engine that will serve the child.</summary>
public static class DeploymentPuzzleBuilderExtensions
{
    /// <summary>Profiles by running stacks of subblocks in ONNX Runtime on the CPU.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options.</param>
    public static IPuzzleBuilder UseOnnxProfiler(this IPuzzleBuilder builder, Action<OnnxProfilingOptions>? configure = null) => builder
        .Options(configure)
        .UseProfiler(provider => new OnnxThroughputProfiler(
            provider.GetRequiredService<IOptions<OnnxProfilingOptions>>().Value, provider.GetService<TimeProvider>()));
}
