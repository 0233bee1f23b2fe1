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

    /// <summary>The scale of the norm after attention [D].</summary>
    public const string AttentionAfterNorm = "attention_after_norm.weight";

    /// <summary>The bias of queries [N x H].</summary>
    public const string QueryBias = "self_attn.q_proj.bias";

    /// <summary>The bias of keys [K x H].</summary>
    public const string KeyBias = "self_attn.k_proj.bias";

    /// <summary>The bias of values [K x H].</summary>
    public const string ValueBias = "self_attn.v_proj.bias";

    /// <summary>The bias of the attention's output [D].</summary>
    public const string OutputBias = "self_attn.o_proj.bias";

    /// <summary>The scale of the queries' norm: [H] for every head, or [N x H].</summary>
    public const string QueryNorm = "self_attn.q_norm.weight";

    /// <summary>The scale of the keys' norm: [H] for every head, or [K x H].</summary>
    public const string KeyNorm = "self_attn.k_norm.weight";

    /// <summary>The scores of keys that are not there [N].</summary>
    public const string Sinks = "self_attn.sinks";

    /// <summary>What replaces attention [D, D].</summary>
    public const string LinearAttention = "self_attn.linear_attn.weight";

    /// <summary>The bias of what replaces attention [D].</summary>
    public const string LinearAttentionBias = "self_attn.linear_attn.bias";

    /// <summary>The scale of the norm before the FFN [D].</summary>
    public const string FfnNorm = "post_attention_layernorm.weight";

    /// <summary>The FFN's gate projection [I, D].</summary>
    public const string Gate = "mlp.gate_proj.weight";

    /// <summary>The FFN's up projection [I, D].</summary>
    public const string Up = "mlp.up_proj.weight";

    /// <summary>The FFN's down projection [D, I].</summary>
    public const string Down = "mlp.down_proj.weight";

    /// <summary>The scale of the norm after the FFN [D].</summary>
    public const string FfnAfterNorm = "ffn_after_norm.weight";

    /// <summary>The bias of the gate projection [F].</summary>
    public const string GateBias = "mlp.gate_proj.bias";

    /// <summary>The bias of the up projection [F].</summary>
    public const string UpBias = "mlp.up_proj.bias";

    /// <summary>The bias of the down projection [D].</summary>
    public const string DownBias = "mlp.down_proj.bias";

    /// <summary>The router of a mixture of experts [E, D].</summary>
    public const string Router = "mlp.router.weight";

    /// <summary>The bias of the router [E].</summary>
    public const string RouterBias = "mlp.router.bias";

    /// <summary>The gate projections of all experts [E, F, D].</summary>
    public const string ExpertGate = "mlp.experts.gate_proj.weight";

    /// <summary>The up projections of all experts [E, F, D].</summary>
    public const string ExpertUp = "mlp.experts.up_proj.weight";

    /// <summary>The down projections of all experts [E, D, F].</summary>
    public const string ExpertDown = "mlp.experts.down_proj.weight";

    /// <summary>The biases of the gate projections [E, F].</summary>
    public const string ExpertGateBias = "mlp.experts.gate_proj.bias";

    /// <summary>The biases of the up projections [E, F].</summary>
    public const string ExpertUpBias = "mlp.experts.up_proj.bias";

    /// <summary>The biases of the down projections [E, D].</summary>
    public const string ExpertDownBias = "mlp.experts.down_proj.bias";

    /// <summary>Tells whether a layer's weight is one matrix or vector for each expert, [E, ...]; a router's is not.</summary>
    internal static bool IsOfExperts(string name) => name.StartsWith("mlp.experts.", StringComparison.Ordinal);

    /// <summary>What replaces the FFN [D, D].</summary>
    public const string LinearFfn = "mlp.linear_mlp.weight";

    /// <summary>The bias of what replaces the FFN [D].</summary>
    public const string LinearFfnBias = "mlp.linear_mlp.bias";

    private static readonly string[] AllNorms = [AttentionNorm, AttentionAfterNorm, FfnNorm, FfnAfterNorm, QueryNorm, KeyNorm, FinalNorm];

    /// <summary>Gives what a layer's names start with, for example <c>model.layers.3.</c></summary>
    /// <param name="layer">The layer, 0-based.</param>
    public static string LayerPrefix(int layer) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");

    /// <summary>Lists the weights of an attention subblock, its norms included; none for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="attention">The subblock.</param>
    /// <returns>Names relative to the layer, and shapes.</returns>
    public static IReadOnlyList<WeightShape> Attention(ModelConfig model, AttentionConfig attention)
    {
        ArgumentNullException.ThrowIfNull(model);
        return attention switch
        {
            GroupedQueryAttentionConfig gqa => [.. Norms(model, AttentionNorm, AttentionAfterNorm), .. Projections(model, gqa)],
            LinearAttentionConfig =>
            [
                .. Norms(model, AttentionNorm, AttentionAfterNorm),
                .. Linear(model, LinearAttention, LinearAttentionBias, model.Attention.HasLinearBias),
            ],
            NoOpAttentionConfig => [],
            _ => throw new ArgumentException($"Unknown attention config '{attention}'.", nameof(attention)),
        };
    }

    /// <summary>Lists the weights of an FFN subblock, its norms included; none for a no-op.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="ffn">The subblock.</param>
    /// <returns>Names relative to the layer, and shapes.</returns>
    public static IReadOnlyList<WeightShape> Ffn(ModelConfig model, FfnConfig ffn)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ffn switch
        {
            GatedFfnConfig gated => [.. Norms(model, FfnNorm, FfnAfterNorm), .. Gated(model, gated.IntermediateSize)],
            MixtureFfnConfig mixture => [.. Norms(model, FfnNorm, FfnAfterNorm), .. Mixture(model, mixture)],
            LinearFfnConfig => [.. Norms(model, FfnNorm, FfnAfterNorm), .. Linear(model, LinearFfn, LinearFfnBias, model.Ffn.Bias)],
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
            weights.AddRange(
                Block(model, model.Architecture[layer]).Select(weight => new WeightShape(prefix + weight.Name, [.. weight.Shape])));
        }
        weights.Add(new(FinalNorm, model.HiddenSize));
        if (!model.TieWordEmbeddings)
            weights.Add(new(Head, model.VocabularySize, model.HiddenSize));
        return weights;
    }

    /// <summary>Tells whether a weight, whole name or within its layer, is the scale of a norm.</summary>
    internal static bool IsNorm(string name) => Array.Exists(AllNorms, norm => name.EndsWith(norm, StringComparison.Ordinal));

    private static IEnumerable<WeightShape> Norms(ModelConfig model, string before, string after)
    {
        if (model.Norms.HasBefore)
            yield return new(before, model.HiddenSize);
        if (model.Norms.HasAfter)
            yield return new(after, model.HiddenSize);
    }

    private static List<WeightShape> Projections(ModelConfig model, GroupedQueryAttentionConfig attention)
    {
        AttentionFeatures features = model.Attention;
        long hidden = model.HiddenSize;
        long queries = (long)model.AttentionHeads * model.HeadSize;
        long keys = (long)attention.KeyValueHeads * model.HeadSize;
        List<WeightShape> weights = [
            new(Query, queries, hidden), new(Key, keys, hidden), new(Value, keys, hidden), new(Output, hidden, queries)
        ];
        if (features.QueryKeyValueBias)
            weights.AddRange([new(QueryBias, queries), new(KeyBias, keys), new(ValueBias, keys)]);
        if (features.OutputBias)
            weights.Add(new(OutputBias, hidden));
        if (features.QueryKeyNorm is not QueryKeyNorm.None)
        {
            bool perHead = features.QueryKeyNorm is QueryKeyNorm.PerHead;
            weights.AddRange([new(QueryNorm, perHead ? model.HeadSize : queries), new(KeyNorm, perHead ? model.HeadSize : keys)]);
        }
        if (features.Sinks)
            weights.Add(new(Sinks, model.AttentionHeads));
        return weights;
    }

    private static List<WeightShape> Gated(ModelConfig model, long width)
    {
        long hidden = model.HiddenSize;
        List<WeightShape> weights = [new(Gate, width, hidden), new(Up, width, hidden), new(Down, hidden, width)];
        if (model.Ffn.Bias)
            weights.AddRange([new(GateBias, width), new(UpBias, width), new(DownBias, hidden)]);
        return weights;
    }

    private static List<WeightShape> Mixture(ModelConfig model, MixtureFfnConfig mixture)
    {
        long experts = mixture.Experts, width = mixture.IntermediateSize, hidden = model.HiddenSize;
        List<WeightShape> weights = [new(Router, experts, hidden)];
        if (model.Ffn.RouterBias)
            weights.Add(new(RouterBias, experts));
        weights.AddRange(
            [new(ExpertGate, experts, width, hidden), new(ExpertUp, experts, width, hidden), new(ExpertDown, experts, hidden, width)]);
        if (model.Ffn.Bias)
            weights.AddRange(
                [new(ExpertGateBias, experts, width), new(ExpertUpBias, experts, width), new(ExpertDownBias, experts, hidden)]);
        return weights;
    }

    private static IEnumerable<WeightShape> Linear(ModelConfig model, string matrix, string bias, bool hasBias)
    {
        yield return new(matrix, model.HiddenSize, model.HiddenSize);
        if (hasBias)
            yield return new(bias, model.HiddenSize);
    }
}
