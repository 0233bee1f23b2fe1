using Google.OrTools.LinearSolver;

namespace Puzzle.Search.Solving;

/// <summary>SCIP and CBC through OR-Tools' linear solver wrapper. Rows are divided by their limits, so that the backends' absolute tolerances are relative.</summary>
internal sealed class LinearBackend(MipBackend backend) : IMipBackend
{
    public MipOutcome Solve(ChoiceModel model, IReadOnlyList<int[]> excluded, TimeSpan timeLimit, double relativeGap, CancellationToken cancellationToken)
    {
        Solver solver = Create();
        Variable[] variables = Build(solver, model, excluded);
        solver.SuppressOutput();
        solver.SetTimeLimit(Math.Max(1, (long)timeLimit.TotalMilliseconds));

        // CBC cannot be interrupted: it is left to end by itself, on its own thread.
        Task<Solver.ResultStatus> solving = Task.Factory.StartNew(
            () =>
            {
                using var parameters = new MPSolverParameters();
                parameters.SetDoubleParam(MPSolverParameters.DoubleParam.RELATIVE_MIP_GAP, relativeGap);
                return solver.Solve(parameters);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            solving.Wait(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            if (backend == MipBackend.Scip)
                solver.InterruptSolve();
            solving.ContinueWith(_ => solver.Dispose(), TaskScheduler.Default);
            throw;
        }
        using (solver)
            return Read(solver, solving.Result, variables);
    }

    private Solver Create()
    {
        Solver.OptimizationProblemType type = backend == MipBackend.Scip
            ? Solver.OptimizationProblemType.SCIP_MIXED_INTEGER_PROGRAMMING
            : Solver.OptimizationProblemType.CBC_MIXED_INTEGER_PROGRAMMING;
        if (!Solver.SupportsProblemType(type))
            throw new NotSupportedException($"This build of OR-Tools has no {backend}.");
        return new Solver("search", type);
    }

    private static Variable[] Build(Solver solver, ChoiceModel model, IReadOnlyList<int[]> excluded)
    {
        Variable[] variables = solver.MakeBoolVarArray(model.Items);
        using Objective objective = solver.Objective();
        objective.SetMinimization();
        for (int item = 0; item < variables.Length; item++)
            objective.SetCoefficient(variables[item], model.Scores[item]);

        Constraint[] cover = [.. Enumerable.Range(0, model.Groups).Select(_ => solver.MakeConstraint(1, 1))];
        for (int item = 0; item < variables.Length; item++)
        {
            int first = model.GroupOf[item];
            for (int group = first; group < first + model.Span(item); group++)
                cover[group].SetCoefficient(variables[item], 1);
        }
        foreach (ChoiceRow row in model.Rows)
        {
            double unit = Math.Abs(row.Limit) > 0 ? Math.Abs(row.Limit) : Math.Max(row.Costs.Max(Math.Abs), double.Epsilon);
            Constraint constraint = solver.MakeConstraint(double.NegativeInfinity, row.Limit / unit);
            for (int item = 0; item < variables.Length; item++)
                constraint.SetCoefficient(variables[item], row.Costs[item] / unit);
        }
        foreach (int[] items in excluded)
        {
            Constraint constraint = solver.MakeConstraint(double.NegativeInfinity, items.Length - 1);
            foreach (int item in items)
                constraint.SetCoefficient(variables[item], 1);
        }
        if (model.DistinctLabels is { } distinct)
            AddDistinctLimit(solver, variables, distinct.Labels, distinct.Count);
        return variables;
    }

    private static void AddDistinctLimit(Solver solver, Variable[] variables, int[] labels, int count)
    {
        Variable[] used = solver.MakeBoolVarArray(labels.DefaultIfEmpty(-1).Max() + 1);
        Constraint limit = solver.MakeConstraint(double.NegativeInfinity, count);
        foreach (Variable label in used)
            limit.SetCoefficient(label, 1);
        for (int item = 0; item < variables.Length; item++)
        {
            Constraint implication = solver.MakeConstraint(double.NegativeInfinity, 0);
            implication.SetCoefficient(variables[item], 1);
            implication.SetCoefficient(used[labels[item]], -1);
        }
    }

    private static MipOutcome Read(Solver solver, Solver.ResultStatus status, Variable[] variables)
    {
        if (status == Solver.ResultStatus.INFEASIBLE)
            return new MipOutcome(SearchStatus.Infeasible, null, double.NaN);
        if (status is not (Solver.ResultStatus.OPTIMAL or Solver.ResultStatus.FEASIBLE))
            return new MipOutcome(SearchStatus.Unsolved, null, double.NegativeInfinity);
        using Objective objective = solver.Objective();
        double value = objective.Value();
        double bound = Math.Min(objective.BestBound(), value);
        bool proven = status == Solver.ResultStatus.OPTIMAL && value - bound <= 1e-9 * Math.Max(1, Math.Abs(value));
        int[] items = [.. Enumerable.Range(0, variables.Length).Where(item => variables[item].SolutionValue() > 0.5)];
        return new MipOutcome(proven ? SearchStatus.Optimal : SearchStatus.Feasible, items, bound);
    }
}
