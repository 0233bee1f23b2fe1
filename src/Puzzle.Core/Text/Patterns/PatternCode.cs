namespace Puzzle.Text.Patterns;

/// <summary>What one instruction of a compiled pattern does.</summary>
internal enum PatternOperation
{
    /// <summary>The whole pattern, or the part of a look or atomic group, has matched.</summary>
    Match,

    /// <summary>One character of a set.</summary>
    Character,

    /// <summary>As many characters of a set as there are, giving back one by one.</summary>
    Run,

    /// <summary>As few characters of a set as needed.</summary>
    LazyRun,

    /// <summary>Goes on at Target, and at Other if that fails.</summary>
    Split,

    /// <summary>Goes on at Target.</summary>
    Jump,

    /// <summary>A place in the text.</summary>
    Place,

    /// <summary>A part from the next instruction on, whose first match is final; goes on at Target.</summary>
    Atomic,

    /// <summary>Whether a part from the next instruction on matches here; goes on at Target.</summary>
    LookAhead,

    /// <summary>Whether a part from the next instruction on matches, ending here; goes on at Target.</summary>
    LookBehind,
}

/// <summary>One instruction of a compiled pattern.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation)
{
    public CodePointSet? Set { get; init; }

    public int Target { get; init; }

    public int Other { get; init; }

    /// <summary>Gets the fewest characters of a run, or of a look behind.</summary>
    public int Minimum { get; init; }

    /// <summary>Gets the most.</summary>
    public int Maximum { get; init; }

    public bool IsNegated { get; init; }

    /// <summary>Gets whether nothing follows a run, so that it gives nothing back.</summary>
    public bool IsLast { get; init; }

    public PatternPlace Place { get; init; }
}
