using Puzzle.Architectures;

namespace Puzzle.Search.Solving;

/// <summary>The best architecture that only drops whole layers (depth pruning): every layer is the parent's own or nothing.</summary>
/// <remarks>A space whose layers cannot be dropped has no answer but the parent itself.</remarks>
/// <param name="solver">Chooses the layers.</param>
public sealed class DepthArchitectureSolver(IArchitectureSolver solver) : IArchitectureSolver
{
    private const string Name = "depth";
    private static readonly string Dropped = new BlockConfig(new NoOpAttentionConfig(), new NoOpFfnConfig()).Name;

    /// <inheritdoc/>
    public string Settings => $"{nameof(DepthArchitectureSolver)}({solver.Settings})";

    /// <inheritdoc/>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var wholeLayers = new AllowedVariants((_, variant) => variant.IsParent || variant.Name == Dropped);
        SearchResult found = solver.Solve(
            problem with { Restrictions = [.. problem.Restrictions, wholeLayers] }, cancellationToken);
        return HeuristicAnswer.From(problem, found.HasAnswer ? found.Choice : null, Name, found.Elapsed);
    }
}
