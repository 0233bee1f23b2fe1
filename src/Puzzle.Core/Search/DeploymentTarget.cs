using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>What the child must achieve where it will run.</summary>
public sealed record DeploymentTarget
{
    /// <summary>Gets the bound on memory, weights and KV cache, in bytes.</summary>
    public CostBound? Memory { get; init; }

    /// <summary>Gets the bound on prompt and generated tokens per second.</summary>
    public CostBound? Throughput { get; init; }

    /// <summary>Gets the bound on generated tokens per second.</summary>
    public CostBound? GeneratedThroughput { get; init; }

    /// <summary>Gets the bound on the time of a whole request in milliseconds.</summary>
    public CostBound? Latency { get; init; }

    /// <summary>Gets the bound on the time to the first token in milliseconds.</summary>
    public CostBound? TimeToFirstToken { get; init; }

    /// <summary>Gets the bound on the time per output token in milliseconds.</summary>
    public CostBound? TimePerOutputToken { get; init; }

    /// <summary>Gets the bound on the number of parameters.</summary>
    public CostBound? Parameters { get; init; }

    /// <summary>Gets the bound on the KV cache in bytes.</summary>
    public CostBound? KeyValueMemory { get; init; }

    /// <summary>Gets the bound on the number of layers with attention.</summary>
    public CostBound? AttentionLayers { get; init; }

    /// <summary>Gets bounds on any other additive cost.</summary>
    public IReadOnlyDictionary<CostName, CostBound> Costs { get; init; } = new Dictionary<CostName, CostBound>();

    /// <summary>Asks for a child at least so many times faster than the parent.</summary>
    /// <param name="factor">For example 1.5.</param>
    public static DeploymentTarget Speedup(double factor) => new() { Throughput = CostBound.AtLeastOfParent(factor) };

    /// <summary>Turns the target into bounds on summed costs. Throughput over T tokens becomes a runtime of at most T /
    /// throughput.</summary>
    /// <param name="workload">The workload the costs were measured under.</param>
    /// <param name="parentTotals">The parent's totals, for shares.</param>
    /// <exception cref="ArgumentException">
    /// A bound is malformed or means nothing: a share of a cost the parent's totals lack or have none of, or generation bounded
    /// for a workload that generates nothing.
    /// </exception>
    public IReadOnlyList<ResourceConstraint> ToConstraints(Workload workload, IReadOnlyDictionary<CostName, double> parentTotals)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(parentTotals);
        workload.Validate();
        var constraints = new TargetConstraints(workload, parentTotals);
        if (GeneratedThroughput is not null)
            constraints.RequireGeneration("A bound on generated throughput");
        constraints.Add(CostName.Memory, Memory);
        constraints.AddThroughput("throughput", Throughput, workload.TotalTokens);
        constraints.AddThroughput("generated throughput", GeneratedThroughput, (double)workload.BatchSize * workload.GeneratedTokens);
        constraints.Add(CostName.Runtime, Latency);
        constraints.Add(CostName.Prefill, TimeToFirstToken);
        constraints.Add(CostName.Decode, TimePerOutputToken);
        constraints.Add(CostName.Parameters, Parameters);
        constraints.Add(CostName.KeyValueMemory, KeyValueMemory);
        constraints.Add(CostName.AttentionLayers, AttentionLayers);
        foreach ((CostName cost, CostBound bound) in Costs)
            constraints.Add(cost, bound);
        return constraints.All;
    }
}
