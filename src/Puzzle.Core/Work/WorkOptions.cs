using System.ComponentModel.DataAnnotations;

namespace Puzzle.Work;

/// <summary>How workers of one plan keep out of each other's way. The same for all of them.</summary>
public sealed class WorkOptions : IValidatableObject
{
    /// <summary>Gets or sets the time between two signs of life.</summary>
    /// <value>20 seconds by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets or sets the time without a sign of life after which a worker counts as dead and its unit is taken over.</summary>
    /// <value>3 minutes by default: network file systems show another node's changes up to a minute late, and that twice over, with a
    /// beat between, is still life.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Gets or sets the failures after which a unit is set aside.</summary>
    /// <value>3 by default: results repeat, so a second failure is no chance; a third is for a node that was at fault.</value>
    [Range(1, 1000)]
    public int MaxFailures { get; set; } = 3;

    /// <summary>Gets or sets the workers that may die over a unit before it is set aside.</summary>
    /// <value>10 by default: a unit that needs more memory than there is kills each; machines die too, but not ten in a row over the same
    /// one.</value>
    [Range(1, 100_000)]
    public int MaxDeaths { get; set; } = 10;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StaleAfter < 2 * HeartbeatInterval)
            yield return new ValidationResult(
                $"{nameof(StaleAfter)} is {StaleAfter}; it has to be at least twice {nameof(HeartbeatInterval)}, which is "
                    + $"{HeartbeatInterval}.", [nameof(StaleAfter)]);
    }
}
