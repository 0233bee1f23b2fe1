using Puzzle.Architectures;

namespace Puzzle.Measurement;

/// <summary>
/// The costs that follow from shapes alone: parameters, memory of weights and KV cache, attention layers. Times are 0.
/// Needs no torch.
/// </summary>
public static class MemoryModel
{
    /// <summary>Gives the cost of an attention subblock, its norm included.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="attention">The subblock.</param>
    /// <param name="workload">Batch, tokens and element types.</param>
    public static BlockCost Attention(ModelConfig model, AttentionConfig attention, Workload workload)
    {
        BlockCost cost = Weights(ParameterCounter.Attention(model, attention), workload);
        return attention is GroupedQueryAttentionConfig { KeyValueHeads: var heads, Window: var window }
            ? cost with { KeyValueBytes = KeyValueBytes(model, heads, workload, window), AttentionLayers = 1 }
            : cost;
    }

    /// <summary>Gives the cost of an FFN subblock, its norm included.</summary>
    /// <param name="model">The model it stands in.</param>
    /// <param name="ffn">The subblock.</param>
    /// <param name="workload">The type of the weights.</param>
    public static BlockCost Ffn(ModelConfig model, FfnConfig ffn, Workload workload) =>
        Weights(ParameterCounter.Ffn(model, ffn), workload);

    /// <summary>Gives the cost of embedding, final norm and head; a tied head counts once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="workload">The type of the weights.</param>
    public static BlockCost NonBlock(ModelConfig model, Workload workload) =>
        Weights(ParameterCounter.NonBlock(model), workload);

    /// <summary>Gives the cost of every config of a request, times 0.</summary>
    /// <param name="request">The configs and the workload.</param>
    public static CostTable Table(ProfilingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        (ModelConfig model, Workload workload) = (request.Model, request.Workload);
        return new CostTable(
            workload,
            "closed forms, not timed",
            request.Attention.Distinct().ToDictionary(config => config, config => Attention(model, config, workload)),
            request.Ffn.Distinct().ToDictionary(config => config, config => Ffn(model, config, workload)),
            NonBlock(model, workload));
    }

    /// <summary>Gives the memory of one layer's KV cache when a request ends: 2 x heads x head size x tokens x batch elements.</summary>
    /// <param name="model">The model's shape: its head size.</param>
    /// <param name="keyValueHeads">The layer's key-value heads.</param>
    /// <param name="workload">Batch, tokens and the type of the cache.</param>
    /// <param name="window">The layer's window: no more tokens of a sequence are kept; null for none.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="OverflowException">The size does not fit 64 bits.</exception>
    public static long KeyValueBytes(ModelConfig model, int keyValueHeads, Workload workload, int? window = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(workload);
        return workload.KeyValueType.BytesOf(
            checked(2L * keyValueHeads * model.HeadSize * workload.BatchSize * Math.Min(workload.SequenceTokens, window ?? int.MaxValue)));
    }

    private static BlockCost Weights(long parameters, Workload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        return BlockCost.Zero with { ParameterCount = parameters, WeightBytes = workload.WeightType.BytesOf(parameters) };
    }
}
