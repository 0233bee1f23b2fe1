namespace Puzzle.Measurement.Tasks;

/// <summary>What a choice's log-likelihood is divided by, so that long choices are not at a disadvantage.</summary>
public enum LengthNormalization
{
    /// <summary>Nothing: the sum over the choice's tokens.</summary>
    None,

    /// <summary>The number of the choice's tokens.</summary>
    PerToken,

    /// <summary>The number of the choice's characters, leading white space aside; the same for every tokenizer.</summary>
    PerCharacter,
}
