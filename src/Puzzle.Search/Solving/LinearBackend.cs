using Google.OrTools.LinearSolver;

namespace Puzzle.Search.Solving;

/// <summary>
/// SCIP and CBC through OR-Tools' linear solver wrapper. Both compute in double with absolute tolerances, so scores and rows are
/// scaled.
/// </summary>
internal sealed class LinearBackend(MipBackend backend) : IMipBackend
{
    // CBC takes a new best answer only when it is better by 1e-5, and both ignore reduced costs below 1e-7: of a spread of 2^20
    // that is 1e-11 and 1e-13.
    private const int ScoreBits = 20;

    // A variable counts as whole within 1e-6, so a bound may be too high by that share of the spread.
    private const double Exactness = 1e-6;

    public SearchOutcome Solve(BackendModel model, TimeSpan timeLimit, double relativeGap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Solver solver = Create();
        double scale = FixedPoint.Scale(model.Spread, ScoreBits);

        // A relative gap refers to whole scores; without one the offset would only cost precision.
        double offset = relativeGap > 0 ? model.Offset : 0;
        Variable[] variables = Build(solver, model, scale, offset);
        solver.SuppressOutput();
        solver.SetTimeLimit(Math.Clamp((long)timeLimit.TotalMilliseconds, 1, int.MaxValue));
        return BackendThread.Run(
            () =>
            {
                using var parameters = new MPSolverParameters();
                parameters.SetDoubleParam(MPSolverParameters.DoubleParam.RELATIVE_MIP_GAP, relativeGap);
                return Read(solver, solver.Solve(parameters), variables, model, scale, model.Offset - offset);
            },
            () => Interrupt(solver),
            solver.Dispose,
            cancellationToken);
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

    /// <summary>CBC cannot be interrupted: it ends by its time limit.</summary>
    private void Interrupt(Solver solver)
    {
        if (backend == MipBackend.Scip)
            solver.InterruptSolve();
    }

    private static Variable[] Build(Solver solver, BackendModel model, double scale, double offset)
    {
        Variable[] variables = solver.MakeBoolVarArray(model.Items.Length);
        using Objective objective = solver.Objective();
        objective.SetMinimization();
        objective.SetOffset(offset * scale);
        Constraint[] cover = [.. Enumerable.Range(0, model.Source.Groups).Select(_ => solver.MakeConstraint(1, 1))];
        for (int place = 0; place < variables.Length; place++)
        {
            objective.SetCoefficient(variables[place], model.Scores[place] * scale);
            foreach (int group in model.Covers(place))
                cover[group].SetCoefficient(variables[place], 1);
        }
        foreach (ChoiceRow row in model.Rows)
        {
            Constraint constraint = solver.MakeConstraint(double.NegativeInfinity, 1);
            for (int place = 0; place < variables.Length; place++)
                constraint.SetCoefficient(variables[place], row.Costs[place] / row.Limit);
        }
        if (model.Source.DistinctLabels is { } distinct)
            AddDistinctLimit(solver, variables, Array.ConvertAll(model.Items, item => distinct.Labels[item]), distinct.Count);
        return variables;
    }

    private static void AddDistinctLimit(Solver solver, Variable[] variables, int[] labels, int count)
    {
        Variable[] used = solver.MakeBoolVarArray(labels.DefaultIfEmpty(-1).Max() + 1);
        Constraint limit = solver.MakeConstraint(double.NegativeInfinity, count);
        foreach (Variable label in used)
            limit.SetCoefficient(label, 1);
        for (int place = 0; place < variables.Length; place++)
        {
            Constraint implication = solver.MakeConstraint(double.NegativeInfinity, 0);
            implication.SetCoefficient(variables[place], 1);
            implication.SetCoefficient(used[labels[place]], -1);
        }
    }

    private static SearchOutcome Read(
        Solver solver, Solver.ResultStatus status, Variable[] variables, BackendModel model, double scale, double offset)
    {
        if (status == Solver.ResultStatus.INFEASIBLE)
            return SearchOutcome.Infeasible;
        if (status is not (Solver.ResultStatus.OPTIMAL or Solver.ResultStatus.FEASIBLE))
            return SearchOutcome.Unsolved();
        using Objective objective = solver.Objective();
        double bound = Math.Min(objective.BestBound(), objective.Value()) / scale;
        int[] items = [.. model.Items.Where((_, place) => variables[place].SolutionValue() > 0.5)];
        return new SearchOutcome(SearchStatus.Feasible, items, offset + bound - (Exactness * model.Spread));
    }
}
