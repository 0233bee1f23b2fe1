using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Benchmarks;

/// <summary>
/// A generated library in the shape of a real one: 6 attention x 9 FFN alternatives, costs from a roofline, noisy sub-additive scores.
/// </summary>
internal static class SyntheticLibrary
{
    public static readonly CostName Memory = new("memory_mib");
    public static readonly CostName Runtime = new("runtime_ms");

    private static readonly double[] Attention = [1, 0.5, 0.25, 0.125, 0.06, 0];
    private static readonly double[] Ffn = [1, 0.87, 0.75, 0.62, 0.5, 0.25, 0.2, 0.1, 0];

    /// <param name="layers">How many layers.</param>
    /// <param name="noise">Relative cost noise of each layer; 0 for the same costs in all layers.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="batch">Multiplies what depends on the batch.</param>
    public static SearchProblem Create(int layers, double noise, int seed, double batch = 1) => new()
    {
        Layers = [.. Enumerable.Range(0, layers).Select(layer => Layer(layer, layers, noise, seed, batch))],
    };

    private static List<SearchVariant> Layer(int layer, int layers, double noise, int seed, double batch)
    {
        var random = new Random((seed * 1_000_003) + layer);
        double importance = Math.Exp((1.2 * Gaussian(random)) - (1.5 * layer / layers)) * (layer < 2 ? 20 : 1);
        double attentionShare = 0.3 + (0.5 * random.NextDouble());
        var variants = new List<SearchVariant>();
        foreach (double attention in Attention)
        {
            foreach (double ffn in Ffn)
            {
                double harm = (attentionShare * Math.Pow(1 - attention, 1.5)) + ((1 - attentionShare) * Math.Pow(1 - ffn, 1.7));
                double score = attention == 1 && ffn == 1 ? 0 : importance * harm * 0.76 * Math.Exp(0.12 * Gaussian(random));
                double Noisy(double value) => value * (1 + (noise * Gaussian(random)));
                double memory = Noisy((140 * (attention > 0 ? 0.5 + (0.5 * attention) : 0)) + (625 * batch * attention) + (672 * ffn));
                double runtime = Noisy(
                    (attention > 0 ? 120 + (235 * batch * attention) : 0) + (ffn > 0 ? 50 + (413 * Math.Max(batch, 0.6) * ffn) : 0));
                variants.Add(new SearchVariant($"a{attention}/f{ffn}", score, new Dictionary<CostName, double>
                {
                    [Memory] = memory,
                    [Runtime] = runtime,
                    [CostName.Parameters] = Noisy((151 * attention) + (704 * ffn)),
                    [CostName.KeyValueMemory] = 625 * batch * attention,
                }) { IsParent = variants.Count == 0 });
            }
        }
        return variants;
    }

    private static double Gaussian(Random random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
