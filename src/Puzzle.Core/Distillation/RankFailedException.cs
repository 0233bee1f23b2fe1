using System.Globalization;

namespace Puzzle.Distillation;

/// <summary>A training of several ranks ended because another rank failed. What rank 0 saved is whole: the same command goes on.</summary>
public sealed class RankFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="rank">The rank that failed; null if it is not known.</param>
    /// <param name="reason">Why, as a sentence.</param>
    public RankFailedException(int? rank, string reason)
        : base(string.Create(
            CultureInfo.InvariantCulture, $"{(rank is null ? "A rank" : $"Rank {rank}")} failed, so all ranks end: {reason}")) =>
        Rank = rank;

    /// <summary>Gets the rank that failed; null if it is not known.</summary>
    public int? Rank { get; }
}
