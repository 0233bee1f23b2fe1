using Puzzle.Architectures;

namespace Puzzle.Fusion;

/// <summary>Finds FFNs that follow each other.</summary>
internal static class FfnRuns
{
    /// <summary>Gives the layers of each run of two or more gated FFNs with nothing but no-ops between them. The first layer of a run may
    /// have attention, which comes before its FFN.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Of(Architecture architecture)
    {
        var runs = new List<List<int>> { new() };
        for (int layer = 0; layer < architecture.Count; layer++)
        {
            if (architecture[layer].Attention is not NoOpAttentionConfig)
                runs.Add([]);
            if (architecture[layer].Ffn is GatedFfnConfig)
                runs[^1].Add(layer);
            else if (architecture[layer].Ffn is not NoOpFfnConfig)
                runs.Add([]);
        }
        return [.. runs.Where(run => run.Count > 1)];
    }
}
