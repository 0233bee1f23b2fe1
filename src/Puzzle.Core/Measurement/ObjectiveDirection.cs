namespace Puzzle.Measurement;

/// <summary>Whether small or large summed scores are good.</summary>
public enum ObjectiveDirection
{
    /// <summary>The score is a harm, for example a KL divergence or a loss.</summary>
    Minimize,

    /// <summary>The score is a good, for example an accuracy.</summary>
    Maximize,
}
