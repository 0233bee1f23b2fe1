using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>A solver's answer. Every number about the chosen architecture is recomputed from the problem, in double and in layer
/// order.</summary>
public sealed record SearchResult
{
    /// <summary>Gets what is known about the answer.</summary>
    public required SearchStatus Status { get; init; }

    /// <summary>Gets the name of the solver that found it.</summary>
    public required string Solver { get; init; }

    /// <summary>Gets the time it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Gets the chosen variants in layer order; empty when there is no answer.</summary>
    public IReadOnlyList<LayerChoice> Choice { get; init; } = [];

    /// <summary>Gets the summed score; NaN when there is no answer.</summary>
    public double Objective { get; init; } = double.NaN;

    /// <summary>Gets the value that no architecture can beat; NaN when none is known.</summary>
    public double Bound { get; init; } = double.NaN;

    /// <summary>Gets the total of every cost, the non-block part included.</summary>
    public IReadOnlyDictionary<CostName, double> Totals { get; init; } = new Dictionary<CostName, double>();

    /// <summary>Gets how the answer stands to each constraint, in the problem's order.</summary>
    public IReadOnlyList<ConstraintReport> Constraints { get; init; } = [];

    /// <summary>Gets why there is no answer; null unless the status is <see cref="SearchStatus.Infeasible"/>.</summary>
    public InfeasibilityReport? Infeasibility { get; init; }

    /// <summary>Gets a value indicating whether there is an architecture.</summary>
    public bool HasAnswer => Status is SearchStatus.Feasible or SearchStatus.Optimal;

    /// <summary>Gets how far the objective may be from the best one, relative to the objective: 0 when proven, NaN when nothing is
    /// known.</summary>
    public double Gap => Status == SearchStatus.Optimal || Objective == Bound
        ? 0
        : Math.Abs(Objective - Bound) / Math.Abs(Objective);

    /// <summary>Gives the chosen blocks.</summary>
    /// <param name="problem">The problem that was solved.</param>
    /// <exception cref="InvalidOperationException">There is no answer, or a chosen variant's block is not known.</exception>
    public Architecture ToArchitecture(SearchProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (!HasAnswer)
            throw new InvalidOperationException($"The search ended {Status}: there is no architecture.");
        return new Architecture(Choice.Select(choice => problem.Layers[choice.Layer][choice.VariantIndex].Block
            ?? throw new InvalidOperationException($"The block of variant '{choice.VariantName}' at layer {choice.Layer} is not known.")));
    }
}
