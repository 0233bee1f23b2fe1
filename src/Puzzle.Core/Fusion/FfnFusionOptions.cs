using System.ComponentModel.DataAnnotations;

namespace Puzzle.Fusion;

/// <summary>Which FFNs are fused.</summary>
public sealed class FfnFusionOptions
{
    /// <summary>Gets or sets the cosine distance that every FFN of a group must stay below: how far its contribution turns when any earlier
    /// one of the group is left out.</summary>
    /// <value>0.15 by default: of the default parent's children those with pairs of up to 0.12 kept their KL within 0.1 %, those of 0.18
    /// lost 2 %; 0 fuses nothing, above 2 everything.</value>
    [Range(0, double.MaxValue)]
    public double Threshold { get; set; } = 0.15;

    /// <summary>Gets or sets the most channels of a fused FFN.</summary>
    /// <value>Null by default: no bound.</value>
    [Range(1, int.MaxValue)]
    public int? MaxWidth { get; set; }

    /// <summary>Gets or sets a value indicating whether the last FFN of a run stays apart: what follows it reads all that the run wrote,
    /// and leaving it out of the fusion kept most quality in the source.</summary>
    /// <value>True by default: fused too, it raised the KL of children of the default parent by 3 to 8 %.</value>
    public bool KeepLast { get; set; } = true;

    /// <summary>Gets or sets the windows of text that dependencies are measured on, spread over all of it.</summary>
    /// <value>16 by default: distances are means over their tokens, known to about a percent.</value>
    [Range(1, int.MaxValue)]
    public int Windows { get; set; } = 16;
}
