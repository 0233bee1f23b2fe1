namespace Puzzle.Architectures;

/// <summary>Where a subblock f has its norms; h is the residual stream.</summary>
public enum NormPlacement
{
    /// <summary>h + f(norm(h)).</summary>
    Before,

    /// <summary>h + norm(f(h)).</summary>
    After,

    /// <summary>h + norm(f(norm(h))), with two norms of their own.</summary>
    Both,
}
