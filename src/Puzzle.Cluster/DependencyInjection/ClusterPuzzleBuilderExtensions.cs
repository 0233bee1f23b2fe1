using Puzzle.Cluster.Mpi;
using Puzzle.Distillation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what several processes train together by.</summary>
public static class ClusterPuzzleBuilderExtensions
{
    /// <summary>Lets global distillation run in all processes that <c>mpirun</c> or <c>srun</c> started together, by Open MPI. The
    /// container joins them when the distiller is created and leaves them when it is disposed.</summary>
    /// <param name="builder">The builder.</param>
    public static IPuzzleBuilder UseMpi(this IPuzzleBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IGradientReducer>(_ => MpiGradientReducer.Join());
        return builder;
    }
}
