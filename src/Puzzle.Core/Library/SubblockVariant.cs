using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.Library;

/// <summary>One alternative for a subblock: what it is and which weights it has. Identity is content, never position.</summary>
/// <param name="Key">Layer, kind and config.</param>
/// <param name="Recipe">Hash of everything its making depended on: parent, data, options. <see cref="ParentRecipe"/> for the parent's own
/// subblock.</param>
/// <param name="WeightsDigest">SHA-256 over names, shapes, types and bytes of its weights, in lower-case hexadecimal.</param>
public sealed record SubblockVariant(SubblockKey Key, string Recipe, string WeightsDigest)
{
    /// <summary>The recipe of the parent's own subblocks, whose weights stay in the parent.</summary>
    public const string ParentRecipe = "parent";

    /// <summary>Gets a value indicating whether this is the parent's own subblock.</summary>
    public bool IsParent => Recipe == ParentRecipe;

    /// <summary>Gets the identity: key and weights.</summary>
    public string Id => Fingerprint.Of(Key.Layer, Key.Kind, Key.Config, WeightsDigest);

    /// <summary>Gives the parent's own variant of a subblock.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="layer">The layer, 0-based.</param>
    /// <param name="kind">Attention or FFN.</param>
    public static SubblockVariant OfParent(CausalLanguageModel parent, int layer, SubblockKind kind)
    {
        ArgumentNullException.ThrowIfNull(parent);
        using BlockLease lease = parent.Borrow(layer);
        TransformerBlock block = lease.Block;
        (string config, Subblock subblock) = kind == SubblockKind.Attention
            ? (block.Config.Attention.Name, block.Attention)
            : (block.Config.Ffn.Name, block.Ffn);
        return new SubblockVariant(new SubblockKey(layer, kind, config), ParentRecipe, Library.WeightsDigest.Of(subblock.Weights));
    }
}
