namespace Puzzle.Measurement;

/// <summary>Makes the stacks of one profile, and owns what they share.</summary>
/// <typeparam name="TPart">What an engine knows of a part.</typeparam>
internal interface IPartBench<in TPart> : IDisposable
    where TPart : IProfiledPart
{
    /// <summary>Creates the run that has no copy in it.</summary>
    IProfiledStack CreateEmpty();

    /// <summary>Creates the stack of a part.</summary>
    /// <param name="part">The part; not a no-op.</param>
    IProfiledStack CreateStack(TPart part);
}
