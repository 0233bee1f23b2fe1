using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>Collects the constraints that a deployment target means under a workload.</summary>
internal sealed class TargetConstraints(Workload workload, IReadOnlyDictionary<CostName, double> parentTotals)
{
    private readonly List<ResourceConstraint> _all = [];

    /// <summary>Gets the constraints so far.</summary>
    public IReadOnlyList<ResourceConstraint> All => _all;

    /// <summary>Adds a bound on a summed cost, if there is one.</summary>
    public void Add(CostName cost, CostBound? bound)
    {
        if (bound is null)
            return;
        if (cost == CostName.Decode)
            RequireGeneration($"A bound on {cost}");
        (double minimum, double maximum) = bound.Resolve(cost.Value, () => OfParent(cost));
        _all.Add(new ResourceConstraint(cost, maximum, minimum));
    }

    /// <summary>Adds a bound on tokens per second, if there is one, as a bound on the runtime of so many tokens.</summary>
    public void AddThroughput(string what, CostBound? bound, double tokens)
    {
        if (bound is null)
            return;
        double milliseconds = tokens * 1000;
        (double minimum, double maximum) = bound.Resolve(what, () => milliseconds / OfParent(CostName.Runtime));
        if (maximum == 0)
            throw new ArgumentException($"A {what} of at most 0 tokens per second cannot be asked for.");
        _all.Add(new ResourceConstraint(
            CostName.Runtime,
            minimum == 0 ? double.PositiveInfinity : milliseconds / minimum,
            double.IsInfinity(maximum) ? 0 : milliseconds / maximum));
    }

    /// <summary>Refuses a bound on generation for a workload that generates nothing.</summary>
    public void RequireGeneration(string what)
    {
        if (workload.GeneratedTokens == 0)
            throw Wrong($"{what} needs a workload that generates tokens; this one generates none.", nameof(workload));
    }

    private double OfParent(CostName cost)
    {
        if (!parentTotals.TryGetValue(cost, out double total))
            throw Wrong($"A share of the parent needs the parent's total of {cost}.", nameof(parentTotals));
        return total > 0 && double.IsFinite(total)
            ? total
            : throw Wrong(
                FormattableString.Invariant($"A share of the parent's {cost} means nothing: the parent's total is {total}."),
                nameof(parentTotals));
    }

    // The arguments are those of DeploymentTarget.ToConstraints.
    private static ArgumentException Wrong(string message, string argument) => new(message, argument);
}
