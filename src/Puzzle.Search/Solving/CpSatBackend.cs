using System.Globalization;
using Google.OrTools.Sat;

namespace Puzzle.Search.Solving;

/// <summary>CP-SAT: one worker and a fixed seed, scores and costs in fixed point. Finer scales than these make its cuts overflow and stall.</summary>
internal sealed class CpSatBackend : IMipBackend
{
    private const int ScoreBits = 50;
    private const int CostBits = 47;

    // With coefficients of 2^40 and more these two presolve steps of OR-Tools 9.15 cut off optima and call the rest optimal.
    private const string SafePresolve = "cp_model_probing_level:0,presolve_inclusion_work_limit:0";

    public MipOutcome Solve(ChoiceModel model, IReadOnlyList<int[]> excluded, TimeSpan timeLimit, double relativeGap, CancellationToken cancellationToken)
    {
        bool[] usable = UsableItems(model);
        var cp = new CpModel();
        var variables = new BoolVar[model.Items];
        for (int item = 0; item < variables.Length; item++)
        {
            variables[item] = cp.NewBoolVar("");
            if (!usable[item])
                cp.AddBoolAnd([variables[item].Not()]);
        }
        AddCover(cp, model, variables);
        foreach (ChoiceRow row in model.Rows)
            AddRow(cp, model, row, variables, usable);
        AddDistinctLimit(cp, model, variables);
        foreach (int[] items in excluded)
            cp.AddLinearConstraint(LinearExpr.Sum(items.Select(item => variables[item])), 0, items.Length - 1);

        double scale = FixedPoint.Scale(Range(model, model.Scores, usable), ScoreBits);
        cp.Minimize(LinearExpr.WeightedSum(variables, model.Scores.Select((score, item) => usable[item] ? FixedPoint.Round(score, scale) : 0)));

        using var solver = new CpSolver();
        solver.StringParameters = string.Create(
            CultureInfo.InvariantCulture,
            $"num_workers:1,random_seed:1,{SafePresolve},max_time_in_seconds:{timeLimit.TotalSeconds},relative_gap_limit:{relativeGap},absolute_gap_limit:0");
        using CancellationTokenRegistration registration = cancellationToken.Register(solver.StopSearch);
        CpSolverStatus status = solver.Solve(cp);
        cancellationToken.ThrowIfCancellationRequested();
        double bound = solver.Response is null ? double.NegativeInfinity : solver.Response.InnerObjectiveLowerBound / scale;
        return status switch
        {
            CpSolverStatus.Infeasible => new MipOutcome(SearchStatus.Infeasible, null, double.NaN),
            CpSolverStatus.Optimal or CpSolverStatus.Feasible => new MipOutcome(
                status == CpSolverStatus.Optimal && relativeGap == 0 ? SearchStatus.Optimal : SearchStatus.Feasible,
                [.. Enumerable.Range(0, variables.Length).Where(item => solver.BooleanValue(variables[item]))],
                bound),
            CpSolverStatus.ModelInvalid => throw new InvalidOperationException($"CP-SAT rejects the model: {cp.Validate()}"),
            _ => new MipOutcome(SearchStatus.Unsolved, null, bound),
        };
    }

    /// <summary>Items that alone exceed a limit are left out, so that one huge cost cannot make the scale too coarse.</summary>
    private static bool[] UsableItems(ChoiceModel model)
    {
        var usable = new bool[model.Items];
        Array.Fill(usable, true);
        foreach (ChoiceRow row in model.Rows)
        {
            double others = model.IsMultipleChoice ? GroupMinima(model, row.Costs, usable).Sum() : row.Costs.Where(cost => cost < 0).Sum();
            double[]? minima = model.IsMultipleChoice ? GroupMinima(model, row.Costs, usable) : null;
            for (int item = 0; item < usable.Length; item++)
            {
                double least = others + row.Costs[item] - (minima is null ? Math.Min(0, row.Costs[item]) : minima[model.GroupOf[item]]);
                usable[item] &= !(least > row.Limit + 1e-9 * Math.Abs(row.Limit));
            }
        }
        return usable;
    }

    private static double[] GroupMinima(ChoiceModel model, double[] values, bool[] usable)
    {
        var minima = new double[model.Groups];
        Array.Fill(minima, double.PositiveInfinity);
        for (int item = 0; item < values.Length; item++)
        {
            if (usable[item])
                minima[model.GroupOf[item]] = Math.Min(minima[model.GroupOf[item]], values[item]);
        }
        return [.. minima.Select(minimum => double.IsInfinity(minimum) ? 0 : minimum)];
    }

    private static double Range(ChoiceModel model, double[] values, bool[] usable)
    {
        var largest = new double[model.Groups];
        for (int item = 0; item < values.Length; item++)
        {
            if (usable[item])
                largest[model.GroupOf[item]] = Math.Max(largest[model.GroupOf[item]], Math.Abs(values[item]));
        }
        return largest.Sum();
    }

    private static void AddCover(CpModel cp, ChoiceModel model, BoolVar[] variables)
    {
        var covering = new List<ILiteral>[model.Groups];
        for (int group = 0; group < covering.Length; group++)
            covering[group] = [];
        for (int item = 0; item < variables.Length; item++)
        {
            int first = model.GroupOf[item];
            for (int group = first; group < first + model.Span(item); group++)
                covering[group].Add(variables[item]);
        }
        foreach (List<ILiteral> literals in covering)
            cp.AddExactlyOne(literals);
    }

    private static void AddRow(CpModel cp, ChoiceModel model, ChoiceRow row, BoolVar[] variables, bool[] usable)
    {
        double range = Range(model, row.Costs, usable);
        if (row.Limit >= range)
            return;
        double scale = FixedPoint.Scale(Math.Max(range, Math.Abs(row.Limit)), CostBits);
        var weights = row.Costs.Select((cost, item) => usable[item] ? FixedPoint.Round(cost, scale) : 0);
        cp.AddLinearConstraint(LinearExpr.WeightedSum(variables, weights), -(1L << (CostBits + 1)), (long)Math.Floor(row.Limit * scale));
    }

    private static void AddDistinctLimit(CpModel cp, ChoiceModel model, BoolVar[] variables)
    {
        if (model.DistinctLabels is not { } distinct)
            return;
        BoolVar[] used = [.. Enumerable.Range(0, distinct.Labels.DefaultIfEmpty(-1).Max() + 1).Select(_ => cp.NewBoolVar(""))];
        for (int item = 0; item < variables.Length; item++)
            cp.AddImplication(variables[item], used[distinct.Labels[item]]);
        cp.AddLinearConstraint(LinearExpr.Sum(used), 0, distinct.Count);
    }
}
