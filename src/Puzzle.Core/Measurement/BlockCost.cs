namespace Puzzle.Measurement;

/// <summary>What a subblock, a block or the rest of the model costs under a workload. Costs add up over layers.</summary>
/// <param name="PrefillMilliseconds">Time to process the whole batch's prompt.</param>
/// <param name="DecodeMilliseconds">Time of one decode step of the whole batch, averaged over the generated tokens.</param>
/// <param name="ParameterCount">Parameters, norms included.</param>
/// <param name="WeightBytes">Memory of the weights.</param>
/// <param name="KeyValueBytes">Memory of the KV cache at the end of the request, whole batch.</param>
/// <param name="AttentionLayers">1 for a grouped-query attention subblock, else 0; summed over layers.</param>
public sealed record BlockCost(
    double PrefillMilliseconds,
    double DecodeMilliseconds,
    long ParameterCount,
    long WeightBytes,
    long KeyValueBytes,
    int AttentionLayers)
{
    /// <summary>Gets the cost of nothing.</summary>
    public static BlockCost Zero { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Gets the memory of weights and KV cache.</summary>
    public long MemoryBytes => WeightBytes + KeyValueBytes;

    /// <summary>Gives the time of a whole request.</summary>
    /// <param name="workload">The workload the cost was measured under.</param>
    public double RuntimeMilliseconds(Workload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        return PrefillMilliseconds + (DecodeMilliseconds * workload.GeneratedTokens);
    }

    /// <summary>Adds two costs.</summary>
    /// <param name="other">The other.</param>
    public BlockCost Add(BlockCost other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(
            PrefillMilliseconds + other.PrefillMilliseconds,
            DecodeMilliseconds + other.DecodeMilliseconds,
            ParameterCount + other.ParameterCount,
            WeightBytes + other.WeightBytes,
            KeyValueBytes + other.KeyValueBytes,
            AttentionLayers + other.AttentionLayers);
    }

    /// <summary>Gives every cost by its name, for the solver.</summary>
    /// <param name="workload">The workload the cost was measured under.</param>
    public IReadOnlyDictionary<CostName, double> ByName(Workload workload) => new Dictionary<CostName, double>
    {
        [CostName.Runtime] = RuntimeMilliseconds(workload),
        [CostName.Prefill] = PrefillMilliseconds,
        [CostName.Decode] = DecodeMilliseconds,
        [CostName.Memory] = MemoryBytes,
        [CostName.KeyValueMemory] = KeyValueBytes,
        [CostName.Parameters] = ParameterCount,
        [CostName.AttentionLayers] = AttentionLayers,
    };
}
