using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Planning;

/// <summary>Costs of a whole space from times measured for a few of its subblocks: times go linearly with parameters and KV
/// memory, those of mixtures with the experts that are computed (prompts) or read (a decoding step), all used alike.</summary>
internal static class InterpolatedCosts
{
    /// <param name="request">The whole space.</param>
    /// <param name="measured">Times of the parent's own subblocks and of at least one smaller one of each kind.</param>
    public static CostTable Of(ProfilingRequest request, CostTable measured)
    {
        CostTable sizes = MemoryModel.Table(request);
        int batch = request.Workload.BatchSize;
        return sizes with
        {
            Engine = $"{measured.Engine}, interpolated",
            Attention = sizes.Attention.ToDictionary(
                pair => pair.Key,
                pair => measured.Attention.GetValueOrDefault(pair.Key)
                    ?? Between(pair.Value, Size(pair.Value), [.. measured.Attention.Values.Select(cost => (cost, Size(cost)))])),
            Ffn = sizes.Ffn.ToDictionary(
                pair => pair.Key,
                pair => measured.Ffn.GetValueOrDefault(pair.Key)
                    ?? Between(
                        pair.Value, Size(pair.Value, pair.Key, batch),
                        [.. measured.Ffn.Select(other => (other.Value, Size(other.Value, other.Key, batch)))])),
            NonBlock = measured.NonBlock,
        };
    }

    private static BlockCost Between(
        BlockCost cost, (double Prefill, double Decode) size, (BlockCost Cost, (double Prefill, double Decode) Size)[] measured)
    {
        return cost.ParameterCount == 0
            ? cost
            : cost with
            {
                PrefillMilliseconds = Line(size.Prefill, other => other.Size.Prefill, other => other.Cost.PrefillMilliseconds),
                DecodeMilliseconds = Line(size.Decode, other => other.Size.Decode, other => other.Cost.DecodeMilliseconds),
            };

        double Line(
            double at, Func<(BlockCost Cost, (double Prefill, double Decode) Size), double> sizeOf,
            Func<(BlockCost Cost, (double Prefill, double Decode) Size), double> timeOf)
        {
            var (small, large) = (measured.MinBy(sizeOf), measured.MaxBy(sizeOf));
            double span = sizeOf(large) - sizeOf(small), share = span > 0 ? (at - sizeOf(small)) / span : 0;
            return Math.Max(0, timeOf(small) + (share * (timeOf(large) - timeOf(small))));
        }
    }

    private static (double Prefill, double Decode) Size(BlockCost cost)
    {
        double bytes = cost.WeightBytes + cost.KeyValueBytes;
        return (bytes, bytes);
    }

    private static (double Prefill, double Decode) Size(BlockCost cost, FfnConfig ffn, int batch) => ffn is MixtureFfnConfig mixture
        ? ((double)cost.WeightBytes * mixture.ActiveExperts / mixture.Experts,
            cost.WeightBytes * ExpertUsage.EvenlyUsed(mixture, batch) / mixture.Experts)
        : Size(cost);
}
