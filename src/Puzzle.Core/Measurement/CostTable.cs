using Puzzle.Architectures;

namespace Puzzle.Measurement;

/// <summary>What every subblock of a search space costs under one workload, and the rest of the model (embedding, final norm,
/// head).</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Engine">What ran the model, with device, threads and versions; for readers.</param>
/// <param name="Attention">Cost of each attention config.</param>
/// <param name="Ffn">Cost of each FFN config.</param>
/// <param name="NonBlock">Cost of embedding, final norm and head.</param>
public sealed record CostTable(
    Workload Workload,
    string Engine,
    IReadOnlyDictionary<AttentionConfig, BlockCost> Attention,
    IReadOnlyDictionary<FfnConfig, BlockCost> Ffn,
    BlockCost NonBlock)
{
    /// <summary>Gets the measured times with their spread; empty if nothing was timed.</summary>
    public IReadOnlyList<MeasuredTime> Times { get; init; } = [];

    /// <summary>Gives the cost of a block: the sum of its subblocks'.</summary>
    /// <param name="block">A block made of configs of this table.</param>
    /// <exception cref="KeyNotFoundException">A config was not profiled.</exception>
    public BlockCost this[BlockConfig block]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(block);
            return Find(Attention, block.Attention).Add(Find(Ffn, block.Ffn));
        }
    }

    /// <summary>Gives the cost of a whole model.</summary>
    /// <param name="architecture">Its blocks.</param>
    public BlockCost Total(Architecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return architecture.Aggregate(NonBlock, (sum, block) => sum.Add(this[block]));
    }

    private static BlockCost Find<T>(IReadOnlyDictionary<T, BlockCost> costs, T config)
        where T : notnull =>
        costs.TryGetValue(config, out BlockCost? cost) ? cost : throw new KeyNotFoundException($"'{config}' was not profiled.");
}
