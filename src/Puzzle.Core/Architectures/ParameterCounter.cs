namespace Puzzle.Architectures;

/// <summary>Counts parameters from shapes alone. A subblock's norm belongs to the subblock; nothing is counted twice.</summary>
public static class ParameterCounter
{
    /// <summary>Counts an attention subblock with its norm; 0 for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="attention">The subblock.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long Attention(ModelConfig model, AttentionConfig attention)
    {
        ArgumentNullException.ThrowIfNull(model);
        long hidden = model.HiddenSize;
        return attention switch
        {
            // Queries and output have all heads; keys and values have the layer's own.
            GroupedQueryAttentionConfig { KeyValueHeads: var heads } =>
                checked(hidden + (2 * hidden * ((long)model.AttentionHeads + heads) * model.HeadSize)),
            LinearAttentionConfig => checked(hidden + (hidden * hidden)),
            NoOpAttentionConfig => 0,
            _ => throw new ArgumentException($"Unknown attention config '{attention}'.", nameof(attention)),
        };
    }

    /// <summary>Counts an FFN subblock with its norm; 0 for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="ffn">The subblock.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long Ffn(ModelConfig model, FfnConfig ffn)
    {
        ArgumentNullException.ThrowIfNull(model);
        long hidden = model.HiddenSize;
        return ffn switch
        {
            GatedFfnConfig { IntermediateSize: var width } => checked(hidden + (3 * hidden * width)),
            LinearFfnConfig => checked(hidden + (hidden * hidden)),
            NoOpFfnConfig => 0,
            _ => throw new ArgumentException($"Unknown FFN config '{ffn}'.", nameof(ffn)),
        };
    }

    /// <summary>Counts a block: attention and FFN, with their norms.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="block">The block.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long Block(ModelConfig model, BlockConfig block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return checked(Attention(model, block.Attention) + Ffn(model, block.Ffn));
    }

    /// <summary>Counts what belongs to no block: the embedding, the head unless it is tied to the embedding, and the final norm.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long NonBlock(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        long matrices = model.TieWordEmbeddings ? 1 : 2;
        return checked((matrices * model.VocabularySize * model.HiddenSize) + model.HiddenSize);
    }

    /// <summary>Counts a whole model.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long Total(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Architecture.Aggregate(NonBlock(model), (sum, block) => checked(sum + Block(model, block)));
    }
}
