namespace Puzzle.Library;

/// <summary>Which half of a block.</summary>
public enum SubblockKind
{
    /// <summary>The attention subblock.</summary>
    Attention,

    /// <summary>The FFN subblock.</summary>
    Ffn,
}
