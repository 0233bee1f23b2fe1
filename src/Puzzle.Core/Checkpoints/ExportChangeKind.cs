namespace Puzzle.Checkpoints;

/// <summary>A way in which an exported model differs from its source.</summary>
public enum ExportChangeKind
{
    /// <summary>A layer without any subblock was left out; later layers moved up.</summary>
    LayerRemoved,

    /// <summary>A missing attention subblock was written as one that adds zero.</summary>
    AttentionAdded,

    /// <summary>A missing FFN was written as one that adds zero.</summary>
    FfnAdded,

    /// <summary>An FFN got further channels that are zero.</summary>
    FfnPadded,

    /// <summary>A matrix was stored in a wider type than asked for, its rows being no multiple of the quantization block.</summary>
    StoredWider,

    /// <summary>The tokenizer does what the format cannot express, so some texts become other tokens. Only when allowed.</summary>
    TokenizerApproximated,

    /// <summary>Rotary embeddings are scaled otherwise than in the source, or not beyond some length.</summary>
    RotaryChanged,
}
