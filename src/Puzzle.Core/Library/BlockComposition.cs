using Puzzle.Architectures;

namespace Puzzle.Library;

/// <summary>Says which blocks can be put together from subblock variants (paper section 3).</summary>
public static class BlockComposition
{
    /// <summary>Gives the blocks of each layer of a space, in its order: every pair whose two halves are among the variants.</summary>
    /// <remarks>
    /// A pair is made of the halves that were trained for it: the two halves of one coupled training, or the variant trained
    /// beside the no-op that its partner is. Where there are none, the plain variants are paired (decoupled BLD). Of several
    /// variants with the same key the last one counts.
    /// </remarks>
    /// <param name="space">The alternatives of each layer.</param>
    /// <param name="variants">The parent's own and other variants, of decoupled and coupled distillation alike.</param>
    public static IReadOnlyList<IReadOnlyList<BlockVariant>> Compose(SearchSpace space, IEnumerable<SubblockVariant> variants)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(variants);
        var byKey = new Dictionary<SubblockKey, SubblockVariant>();
        foreach (SubblockVariant variant in variants)
            byKey[variant.Key] = variant;
        return [.. Enumerable.Range(0, space.Layers).Select(layer =>
            (IReadOnlyList<BlockVariant>)[.. space.Blocks(layer).Select(block => Find(byKey, layer, block)).OfType<BlockVariant>()])];
    }

    private static BlockVariant? Find(Dictionary<SubblockKey, SubblockVariant> variants, int layer, BlockConfig block)
    {
        var (attention, ffn) = (new SubblockKey(layer, SubblockKind.Attention, block.Attention.Name),
            new SubblockKey(layer, SubblockKind.Ffn, block.Ffn.Name));
        SubblockVariant? plainAttention = variants.GetValueOrDefault(attention), plainFfn = variants.GetValueOrDefault(ffn);
        SubblockVariant? pairedAttention = variants.GetValueOrDefault(attention with { Beside = ffn.Config });
        SubblockVariant? pairedFfn = variants.GetValueOrDefault(ffn with { Beside = attention.Config });
        return block switch
        {
            // A no-op has no weights to train: the other half alone was fitted to it.
            { Attention: NoOpAttentionConfig } => Pair(plainAttention, pairedFfn ?? plainFfn),
            { Ffn: NoOpFfnConfig } => Pair(pairedAttention ?? plainAttention, plainFfn),
            _ when pairedAttention is not null && pairedAttention.Recipe == pairedFfn?.Recipe => Pair(pairedAttention, pairedFfn),
            _ => Pair(plainAttention, plainFfn),
        };
    }

    private static BlockVariant? Pair(SubblockVariant? attention, SubblockVariant? ffn) =>
        attention is null || ffn is null ? null : new BlockVariant(attention, ffn);
}
