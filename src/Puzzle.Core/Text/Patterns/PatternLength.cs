namespace Puzzle.Text.Patterns;

/// <summary>How many code points a part of a pattern matches.</summary>
internal static class PatternLength
{
    // More than any look behind may have; sums of it do not overflow.
    private const long Unbounded = int.MaxValue;

    /// <summary>Gives the least and the most.</summary>
    public static (int Minimum, long Maximum) Of(PatternNode node) => node switch
    {
        CharacterNode => (1, 1),
        SequenceNode sequence => sequence.Parts.Select(Of)
            .Aggregate((Minimum: 0, Maximum: 0L), (sum, part) => Cap(sum.Minimum + (long)part.Minimum, sum.Maximum + part.Maximum)),
        AlternativesNode alternatives =>
            Cap(alternatives.Parts.Min(part => Of(part).Minimum), alternatives.Parts.Max(part => Of(part).Maximum)),
        RepeatNode repeat => Times(Of(repeat.Part), repeat),
        AtomicNode atomic => Of(atomic.Part),
        _ => (0, 0),
    };

    private static (int Minimum, long Maximum) Times((int Minimum, long Maximum) part, RepeatNode repeat) =>
        Cap(part.Minimum * (long)repeat.Minimum, part.Maximum == 0 ? 0 : part.Maximum * repeat.Maximum);

    private static (int Minimum, long Maximum) Cap(long minimum, long maximum) =>
        ((int)Math.Min(minimum, Unbounded), Math.Min(maximum, Unbounded));
}
