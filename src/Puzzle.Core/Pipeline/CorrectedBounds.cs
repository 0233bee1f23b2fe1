using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>
/// Bounds on time in the terms of a target, judged by whole models that were measured. Summed costs are taken to be a linear
/// function of real times: the line through parent and child.
/// </summary>
internal sealed class CorrectedBounds
{
    // Whole models differ from one measurement to the next by more than this on a machine that does other things too.
    private const double Tolerance = 0.01;
    private static readonly CostName[] Times = [CostName.Runtime, CostName.Prefill, CostName.Decode];

    private readonly IReadOnlyList<ResourceConstraint> _real;
    private readonly IReadOnlyDictionary<CostName, double> _child;
    private readonly IReadOnlyDictionary<CostName, double> _parent;
    private readonly IReadOnlyDictionary<CostName, double> _predictedChild;
    private readonly IReadOnlyDictionary<CostName, double> _predictedParent;

    /// <param name="check">A measured child.</param>
    /// <param name="target">What it must achieve; shares are of the measured parent.</param>
    public CorrectedBounds(SpeedCheck check, DeploymentTarget target)
    {
        Workload workload = check.Measured.Workload;
        (_child, _parent) = (Named(check.Measured), Named(check.MeasuredParent));
        (_predictedChild, _predictedParent) = (check.Predicted.ByName(workload), check.PredictedParent.ByName(workload));
        var totals = new Dictionary<CostName, double>(_predictedParent);
        foreach ((CostName cost, double time) in _parent)
            totals[cost] = time;
        _real = [.. target.ToConstraints(workload, totals).Where(constraint => Times.Contains(constraint.Cost))];
    }

    /// <summary>Says whether a target bounds any time.</summary>
    public static bool Concern(IEnumerable<ResourceConstraint> constraints) =>
        constraints.Any(constraint => Times.Contains(constraint.Cost));

    /// <summary>Gets a value indicating whether the measured child meets every bound on time.</summary>
    public bool AreMet =>
        _real.All(constraint => _child[constraint.Cost] <= constraint.Maximum * (1 + Tolerance)
            && _child[constraint.Cost] >= constraint.Minimum * (1 - Tolerance));

    /// <summary>Gives the problem with bounds on summed costs that mean the real ones; null if the measurements say nothing: a child not
    /// faster than its parent.</summary>
    public SearchProblem? Correct(SearchProblem problem)
    {
        if (_real.Any(constraint => !(Slope(constraint.Cost) > 0)))
            return null;
        return problem with
        {
            Constraints =
            [
                .. problem.Constraints.Where(constraint => !Times.Contains(constraint.Cost)),
                .. _real.Select(constraint => constraint with
                {
                    Maximum = Math.Max(0, Predicted(constraint.Cost, constraint.Maximum)),
                    Minimum = constraint.Minimum == 0 ? 0 : Math.Max(0, Predicted(constraint.Cost, constraint.Minimum)),
                }),
            ],
        };
    }

    private double Predicted(CostName cost, double real) => _predictedParent[cost] + ((real - _parent[cost]) * Slope(cost));

    private double Slope(CostName cost) =>
        _child[cost] < _parent[cost] ? (_predictedParent[cost] - _predictedChild[cost]) / (_parent[cost] - _child[cost]) : double.NaN;

    private static Dictionary<CostName, double> Named(ModelThroughput measured) => new()
    {
        [CostName.Runtime] = measured.RequestMilliseconds,
        [CostName.Prefill] = measured.Prefill.MedianMilliseconds,
        [CostName.Decode] = measured.Decode.MedianMilliseconds,
    };
}
