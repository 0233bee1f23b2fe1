using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>The weights a model of some shape has, under the names Hugging Face's Llama uses (and DeciLM for linear subblocks).</summary>
public static class WeightNames
{
    /// <summary>The embedding matrix [V, D].</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>The scale of the final norm [D].</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>The output head [V, D], if it is not tied to the embedding.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>The scale of the norm before attention [D]; like all that follow, relative to the layer.</summary>
    public const string AttentionNorm = "input_layernorm.weight";

    /// <summary>The query projection [N x H, D].</summary>
    public const string Query = "self_attn.q_proj.weight";

    /// <summary>The key projection [K x H, D], K being the layer's key-value heads.</summary>
    public const string Key = "self_attn.k_proj.weight";

    /// <summary>The value projection [K x H, D].</summary>
    public const string Value = "self_attn.v_proj.weight";

    /// <summary>The attention's output projection [D, N x H].</summary>
    public const string Output = "self_attn.o_proj.weight";

    /// <summary>What replaces attention [D, D].</summary>
    public const string LinearAttention = "self_attn.linear_attn.weight";

    /// <summary>The scale of the norm before the FFN [D].</summary>
    public const string FfnNorm = "post_attention_layernorm.weight";

    /// <summary>The FFN's gate projection [I, D].</summary>
    public const string Gate = "mlp.gate_proj.weight";

    /// <summary>The FFN's up projection [I, D].</summary>
    public const string Up = "mlp.up_proj.weight";

    /// <summary>The FFN's down projection [D, I].</summary>
    public const string Down = "mlp.down_proj.weight";

    /// <summary>What replaces the FFN [D, D].</summary>
    public const string LinearFfn = "mlp.linear_mlp.weight";

    /// <summary>Gives what a layer's names start with, for example <c>model.layers.3.</c></summary>
    /// <param name="layer">The layer, 0-based.</param>
    public static string LayerPrefix(int layer) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");

    /// <summary>Lists the weights of an attention subblock, its norm included; none for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="attention">The subblock.</param>
    /// <returns>Names relative to the layer, and shapes.</returns>
    public static IReadOnlyList<WeightShape> Attention(ModelConfig model, AttentionConfig attention)
    {
        ArgumentNullException.ThrowIfNull(model);
        long hidden = model.HiddenSize;
        long queries = (long)model.AttentionHeads * model.HeadSize;
        switch (attention)
        {
            case GroupedQueryAttentionConfig gqa:
                long keys = (long)gqa.KeyValueHeads * model.HeadSize;
                return
                [
                    new(AttentionNorm, hidden),
                    new(Query, queries, hidden),
                    new(Key, keys, hidden),
                    new(Value, keys, hidden),
                    new(Output, hidden, queries),
                ];
            case LinearAttentionConfig:
                return [new(AttentionNorm, hidden), new(LinearAttention, hidden, hidden)];
            case NoOpAttentionConfig:
                return [];
            default:
                throw new ArgumentException($"Unknown attention config '{attention}'.", nameof(attention));
        }
    }

    /// <summary>Lists the weights of an FFN subblock, its norm included; none for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="ffn">The subblock.</param>
    /// <returns>Names relative to the layer, and shapes.</returns>
    public static IReadOnlyList<WeightShape> Ffn(ModelConfig model, FfnConfig ffn)
    {
        ArgumentNullException.ThrowIfNull(model);
        long hidden = model.HiddenSize;
        return ffn switch
        {
            GatedFfnConfig { IntermediateSize: var width } =>
                [new(FfnNorm, hidden), new(Gate, width, hidden), new(Up, width, hidden), new(Down, hidden, width)],
            LinearFfnConfig => [new(FfnNorm, hidden), new(LinearFfn, hidden, hidden)],
            NoOpFfnConfig => [],
            _ => throw new ArgumentException($"Unknown FFN config '{ffn}'.", nameof(ffn)),
        };
    }

    /// <summary>Lists the weights of a block: attention, then FFN.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="block">The block.</param>
    /// <returns>Names relative to the layer, and shapes.</returns>
    public static IReadOnlyList<WeightShape> Block(ModelConfig model, BlockConfig block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return [.. Attention(model, block.Attention), .. Ffn(model, block.Ffn)];
    }

    /// <summary>Lists all weights of a model: embedding, layers in order, final norm, and the head unless it is tied.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Whole names, and shapes.</returns>
    public static IReadOnlyList<WeightShape> Model(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var weights = new List<WeightShape> { new(Embedding, model.VocabularySize, model.HiddenSize) };
        for (int layer = 0; layer < model.Layers; layer++)
        {
            string prefix = LayerPrefix(layer);
            weights.AddRange(Block(model, model.Architecture[layer]).Select(weight => new WeightShape(prefix + weight.Name, [.. weight.Shape])));
        }
        weights.Add(new(FinalNorm, model.HiddenSize));
        if (!model.TieWordEmbeddings)
            weights.Add(new(Head, model.VocabularySize, model.HiddenSize));
        return weights;
    }
}
