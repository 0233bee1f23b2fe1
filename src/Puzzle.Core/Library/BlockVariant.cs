using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>One alternative for a layer's whole block: a variant of each subblock.</summary>
/// <param name="Attention">The attention subblock.</param>
/// <param name="Ffn">The FFN subblock of the same layer.</param>
public sealed record BlockVariant(SubblockVariant Attention, SubblockVariant Ffn)
{
    /// <summary>Gets the layer.</summary>
    public int Layer => Attention.Key.Layer;

    /// <summary>Gets the block's config.</summary>
    public BlockConfig Config => new(AttentionConfig.Parse(Attention.Key.Config), FfnConfig.Parse(Ffn.Key.Config));

    /// <summary>Gets a value indicating whether this is the parent's own block.</summary>
    public bool IsParent => Attention.IsParent && Ffn.IsParent;

    /// <summary>Gets the identity: both subblocks'.</summary>
    public string Id => Fingerprint.Of(Attention.Id, Ffn.Id);
}
