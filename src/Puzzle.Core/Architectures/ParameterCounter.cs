namespace Puzzle.Architectures;

/// <summary>Counts parameters from shapes alone. A subblock's norm belongs to the subblock; nothing is counted twice.</summary>
internal static class ParameterCounter
{
    /// <summary>Counts an attention subblock with its norm; 0 for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="attention">The subblock.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long Attention(ModelConfig model, AttentionConfig attention)
    {
        return Sum(WeightNames.Attention(model, attention));
    }

    /// <summary>Counts an FFN subblock with its norm; 0 for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="ffn">The subblock.</param>
    /// <exception cref="OverflowException">The count does not fit 64 bits.</exception>
    public static long Ffn(ModelConfig model, FfnConfig ffn)
    {
        return Sum(WeightNames.Ffn(model, ffn));
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

    private static long Sum(IReadOnlyList<WeightShape> weights) =>
        weights.Aggregate(0L, (sum, weight) => checked(sum + weight.ElementCount));
}
