namespace Puzzle.Text;

/// <summary>Where the Metaspace pre-tokenizer writes a leading mark.</summary>
internal enum PrependScheme
{
    /// <summary>Before every part of the text.</summary>
    Always,

    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>At the start of the whole text only.</summary>
    First,
}
