using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>Gathers the times of a search space's parts: those kept on disk, and the others measured together.</summary>
internal static class PartTimes
{
    /// <summary>Gives every part's time.</summary>
    /// <param name="parts">The parts, of different names.</param>
    /// <param name="cachePath">The folder that keeps times between runs, or null.</param>
    /// <param name="recipeOf">Gives all that a part's time depends on.</param>
    /// <param name="measure">Measures the parts that are not known, at least one.</param>
    /// <param name="progress">Told 1 at the end.</param>
    /// <returns>One time per part, in their order.</returns>
    public static IReadOnlyList<MeasuredTime> Gather<TPart>(
        IReadOnlyList<TPart> parts,
        string? cachePath,
        Func<TPart, Recipe> recipeOf,
        Func<IReadOnlyList<TPart>, IReadOnlyList<MeasuredTime>> measure,
        IProgress<double>? progress)
        where TPart : IProfiledPart
    {
        TimeCache? cache = cachePath is null ? null : new TimeCache(cachePath);
        var times = new Dictionary<string, MeasuredTime>(StringComparer.Ordinal);
        foreach (TPart part in parts)
        {
            MeasuredTime? known = part.IsNothing ? new MeasuredTime(part.Name, Timing.Zero, Timing.Zero) : cache?.Find(recipeOf(part));
            if (known is not null)
                times.Add(part.Name, known);
        }

        TPart[] missing = [.. parts.Where(part => !times.ContainsKey(part.Name))];
        if (missing.Length > 0)
        {
            foreach ((TPart part, MeasuredTime time) in missing.Zip(measure(missing)))
            {
                cache?.Store(recipeOf(part), time);
                times.Add(part.Name, time);
            }
        }
        progress?.Report(1);
        return [.. parts.Select(part => times[part.Name])];
    }

    /// <summary>Gives a table of costs that follow from shapes alone the times measured.</summary>
    /// <param name="costs">The table.</param>
    /// <param name="engine">What ran the parts.</param>
    /// <param name="times">A time for each part of the table.</param>
    public static CostTable WithTimes(this CostTable costs, string engine, IReadOnlyList<MeasuredTime> times)
    {
        var byName = times.ToDictionary(time => time.Name, StringComparer.Ordinal);
        return costs with
        {
            Engine = engine,
            Attention = costs.Attention.ToDictionary(cost => cost.Key, cost => WithTime(cost.Value, PartName.Of(cost.Key))),
            Ffn = costs.Ffn.ToDictionary(cost => cost.Key, cost => WithTime(cost.Value, PartName.Of(cost.Key))),
            NonBlock = WithTime(costs.NonBlock, PartName.NonBlock),
            Times = times,
        };

        BlockCost WithTime(BlockCost cost, string name) => cost with
        {
            PrefillMilliseconds = byName[name].Prefill.MedianMilliseconds,
            DecodeMilliseconds = byName[name].Decode.MedianMilliseconds,
        };
    }
}
