using System.Globalization;
using Google.OrTools.Sat;

namespace Puzzle.Search.Solving;

/// <summary>
/// CP-SAT: one worker and a fixed seed, scores and costs in whole numbers, so that it never breaks a row and its proofs hold.
/// </summary>
internal sealed class CpSatBackend : IMipBackend
{
    // Finer scales than these make CP-SAT's cuts overflow and stall.
    private const int ScoreBits = 50;
    private const int CostBits = 47;

    private const string Repeatable = "num_workers:1,random_seed:1";

    // With coefficients of 2^40 and more these two presolve steps of OR-Tools 9.15 cut off optima and call the rest optimal.
    private const string SafePresolve = "cp_model_probing_level:0,presolve_inclusion_work_limit:0";

    public SearchOutcome Solve(BackendModel model, TimeSpan timeLimit, double relativeGap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var cp = new CpModel();
        BoolVar[] variables = [.. model.Items.Select(_ => cp.NewBoolVar(""))];
        AddCover(cp, model, variables);
        for (int row = 0; row < model.Rows.Length; row++)
            AddRow(cp, model.Rows[row], model.RowTotals[row], variables);
        AddDistinctLimit(cp, model, variables);

        // A relative gap refers to whole scores; without one the offset would only cost precision.
        double offset = relativeGap > 0 ? model.Offset : 0;
        double scale = FixedPoint.Scale(model.Spread + Math.Abs(offset), ScoreBits);
        LinearExpr scores = LinearExpr.WeightedSum(variables, model.Scores.Select(score => FixedPoint.Round(score, scale)));
        cp.Minimize(scores + FixedPoint.Round(offset, scale));

        string ends = string.Create(
            CultureInfo.InvariantCulture,
            $"max_time_in_seconds:{timeLimit.TotalSeconds},relative_gap_limit:{relativeGap},absolute_gap_limit:0");
        var solver = new CpSolver { StringParameters = $"{Repeatable},{SafePresolve},{ends}" };
        return BackendThread.Run(
            () => Read(solver, solver.Solve(cp), cp, variables, model, scale, model.Offset - offset),
            solver.StopSearch,
            solver.Dispose,
            cancellationToken);
    }

    private static SearchOutcome Read(
        CpSolver solver, CpSolverStatus status, CpModel cp, BoolVar[] variables, BackendModel model, double scale, double offset)
    {
        // Each of a choice's scores was rounded by half a unit at most.
        double bound = solver.Response is { } response
            ? offset + ((response.InnerObjectiveLowerBound - (0.5 * model.Source.Groups)) / scale)
            : double.NegativeInfinity;
        return status switch
        {
            CpSolverStatus.Infeasible => SearchOutcome.Infeasible,
            CpSolverStatus.Optimal or CpSolverStatus.Feasible => new SearchOutcome(
                status == CpSolverStatus.Optimal ? SearchStatus.Optimal : SearchStatus.Feasible,
                [.. model.Items.Where((_, place) => solver.BooleanValue(variables[place]))],
                bound),
            CpSolverStatus.ModelInvalid => throw new InvalidOperationException($"CP-SAT rejects the model: {cp.Validate()}"),
            _ => SearchOutcome.Unsolved(bound),
        };
    }

    private static void AddCover(CpModel cp, BackendModel model, BoolVar[] variables)
    {
        var covering = new List<ILiteral>[model.Source.Groups];
        for (int group = 0; group < covering.Length; group++)
            covering[group] = [];
        for (int place = 0; place < variables.Length; place++)
        {
            foreach (int group in model.Covers(place))
                covering[group].Add(variables[place]);
        }
        foreach (List<ILiteral> literals in covering)
            cp.AddExactlyOne(literals);
    }

    private static void AddRow(CpModel cp, ChoiceRow row, double total, BoolVar[] variables)
    {
        double scale = FixedPoint.Scale(total, CostBits);
        IEnumerable<long> weights = row.Costs.Select(cost => FixedPoint.Round(cost, scale));
        cp.AddLinearConstraint(LinearExpr.WeightedSum(variables, weights), 0, (long)Math.Floor(row.Limit * scale));
    }

    private static void AddDistinctLimit(CpModel cp, BackendModel model, BoolVar[] variables)
    {
        if (model.Source.DistinctLabels is not { } distinct)
            return;
        BoolVar[] used = [.. Enumerable.Range(0, distinct.Labels.DefaultIfEmpty(-1).Max() + 1).Select(_ => cp.NewBoolVar(""))];
        for (int place = 0; place < variables.Length; place++)
            cp.AddImplication(variables[place], used[distinct.Labels[model.Items[place]]]);
        cp.AddLinearConstraint(LinearExpr.Sum(used), 0, distinct.Count);
    }
}
