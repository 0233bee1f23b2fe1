namespace Puzzle.Architectures;

/// <summary>How the frequencies of a rotary embedding are scaled for longer texts than the model was first trained with.</summary>
public abstract record RopeScaling
{
    private protected RopeScaling()
    {
    }

    /// <summary>Gets a value indicating whether the frequencies depend on the length of the text; false by default.</summary>
    public virtual bool DependsOnLength => false;
}
