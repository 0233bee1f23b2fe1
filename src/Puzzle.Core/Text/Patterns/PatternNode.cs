namespace Puzzle.Text.Patterns;

/// <summary>A part of a regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>Gets whether it can match nothing.</summary>
    public abstract bool IsNullable { get; }
}

/// <summary>One character of a set.</summary>
internal sealed record CharacterNode(CodePointSet Set) : PatternNode
{
    public override bool IsNullable => false;
}

/// <summary>Parts one after another.</summary>
internal sealed record SequenceNode(IReadOnlyList<PatternNode> Parts) : PatternNode
{
    public override bool IsNullable { get; } = Parts.All(part => part.IsNullable);
}

/// <summary>The first part that lets the whole match.</summary>
internal sealed record AlternativesNode(IReadOnlyList<PatternNode> Parts) : PatternNode
{
    public override bool IsNullable { get; } = Parts.Any(part => part.IsNullable);
}

/// <summary>A part so many times; without a maximum where it is <see cref="int.MaxValue"/>.</summary>
internal sealed record RepeatNode(PatternNode Part, int Minimum, int Maximum, bool IsLazy) : PatternNode
{
    public override bool IsNullable { get; } = Minimum == 0 || Part.IsNullable;
}

/// <summary>A part whose first match is final.</summary>
internal sealed record AtomicNode(PatternNode Part) : PatternNode
{
    public override bool IsNullable { get; } = Part.IsNullable;
}

/// <summary>Whether a part matches, or does not, what follows or, with its length in code points, what precedes.</summary>
internal sealed record LookNode(PatternNode Part, bool IsNegated, (int Minimum, int Maximum)? Behind) : PatternNode
{
    public override bool IsNullable => true;
}

/// <summary>A place in the text.</summary>
internal sealed record PlaceNode(PatternPlace Place) : PatternNode
{
    public override bool IsNullable => true;
}

/// <summary>The places a pattern can name.</summary>
internal enum PatternPlace
{
    TextStart,
    TextEnd,
    TextEndOrLastLineFeed,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}
