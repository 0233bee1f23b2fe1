using Puzzle.Measurement;

namespace Puzzle.Planning;

/// <summary>Costs of a whole space from times measured for a few of its subblocks: times go linearly with parameters and KV
/// memory.</summary>
internal static class InterpolatedCosts
{
    /// <param name="request">The whole space.</param>
    /// <param name="measured">Times of the parent's own subblocks and of at least one smaller one of each kind.</param>
    public static CostTable Of(ProfilingRequest request, CostTable measured)
    {
        CostTable sizes = MemoryModel.Table(request);
        return sizes with
        {
            Engine = $"{measured.Engine}, interpolated",
            Attention = sizes.Attention.ToDictionary(
                pair => pair.Key,
                pair => measured.Attention.GetValueOrDefault(pair.Key) ?? Between(pair.Value, [.. measured.Attention.Values])),
            Ffn = sizes.Ffn.ToDictionary(
                pair => pair.Key, pair => measured.Ffn.GetValueOrDefault(pair.Key) ?? Between(pair.Value, [.. measured.Ffn.Values])),
            NonBlock = measured.NonBlock,
        };
    }

    private static BlockCost Between(BlockCost size, BlockCost[] measured)
    {
        if (size.ParameterCount == 0)
            return size;
        BlockCost small = measured.MinBy(Weight)!, large = measured.MaxBy(Weight)!;
        double span = Weight(large) - Weight(small), share = span > 0 ? (Weight(size) - Weight(small)) / span : 0;
        return size with
        {
            PrefillMilliseconds = Math.Max(0, Line(small.PrefillMilliseconds, large.PrefillMilliseconds)),
            DecodeMilliseconds = Math.Max(0, Line(small.DecodeMilliseconds, large.DecodeMilliseconds)),
        };

        double Line(double from, double to) => from + (share * (to - from));

        static double Weight(BlockCost cost) => cost.WeightBytes + cost.KeyValueBytes;
    }
}
