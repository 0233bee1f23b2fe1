using System.CommandLine;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;
using ScottPlot;

namespace Puzzle.ConsoleApp;

/// <summary>The whole trade-off of a scored library: best summed score against memory or throughput.</summary>
internal static class FrontierCommand
{
    private static readonly Option<string> Sweep = new Option<string>("--sweep")
    {
        Description = "What is swept.",
        Required = true,
    }.AcceptOnlyFromAmong("memory", "throughput");
    private static readonly Option<int> Points = new("--points")
    {
        Description = "How many targets.",
        DefaultValueFactory = _ => 50,
    };
    private static readonly Option<string?> Csv = new("--csv") { Description = "A CSV file to write." };
    private static readonly Option<string?> Png = CommonOptions.Picture("A chart to write.");
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly SearchOptions Search = new();

    public static Command Create()
    {
        var command = new Command("frontier", "Sweeps a target and shows the best that can be had for each.\n\n"
            + "Example:\n  puzzle frontier --library runs/a --sweep memory --png frontier.png")
        {
            Sweep, Points, Csv, Png, Json,
        };
        Search.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => Run(parsed, cancellationToken)));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        (ScoredLibrary library, SearchProblem problem) = Search.Problem(parsed);
        bool throughput = parsed.GetValue(Sweep) == "throughput";
        CostName cost = throughput ? CostName.Runtime : SearchOptions.Memory(library).Cost;
        IArchitectureSolver solver = Search.Solver(parsed);
        SearchResult least = solver.Solve(problem.Optimizing(cost, ObjectiveDirection.Minimize), cancellationToken);
        if (!least.HasAnswer)
            throw new InvalidOperationException(least.Infeasibility?.Explanation ?? $"The search ended {least.Status}.");
        FrontierAxis axis = Axis(
            problem, cost, throughput ? SearchOptions.Tokens(library) : null, least.Totals[cost], parsed.GetValue(Points));

        // Points are shown as they are found; a file or a chart has to wait for the last.
        var found = new List<FrontierPoint>();
        IEnumerable<FrontierPoint> sweeping = Remembered(
            new Frontier(solver).Sweep(problem, axis, cancellationToken: cancellationToken), found);
        Show(cost, sweeping, parsed.GetValue(Json));
        if (parsed.GetValue(Csv) is { } csvFile)
        {
            using var writer = new StringWriter { NewLine = "\n" };
            FrontierWriter.WriteCsv(writer, [cost], found);
            AtomicFile.WriteText(csvFile, writer.ToString());
        }
        if (parsed.GetValue(Png) is { } pngFile)
            Draw(pngFile, problem, cost, found, cancellationToken);
    }

    private static void Show(CostName cost, IEnumerable<FrontierPoint> points, bool json)
    {
        if (!json)
        {
            FrontierWriter.WriteCsv(Console.Out, [cost], points);
            return;
        }
        using Stream output = Console.OpenStandardOutput();
        FrontierWriter.WriteJson(output, [cost], points);
        output.WriteByte((byte)'\n');
    }

    private static IEnumerable<FrontierPoint> Remembered(IEnumerable<FrontierPoint> points, List<FrontierPoint> found)
    {
        foreach (FrontierPoint point in points)
        {
            found.Add(point);
            yield return point;
        }
    }

    // Equal steps of throughput, or of memory, from the parent's to the best there is.
    private static FrontierAxis Axis(SearchProblem problem, CostName cost, double? tokens, double least, int points)
    {
        double parent = problem.TotalsOf(problem.ParentChoice())[cost];
        double floor = Math.Max(least, parent / 8);
        if (tokens is null)
            return FrontierAxis.Between(cost, parent, floor, points);
        double slowest = tokens.Value / parent, fastest = tokens.Value / floor;
        return new FrontierAxis(
            cost,
            [.. Enumerable.Range(0, points).Select(i => tokens.Value / (slowest + ((fastest - slowest) * i / Math.Max(1, points - 1))))]);
    }

    private static void Draw(
        string path, SearchProblem problem, CostName cost, List<FrontierPoint> found, CancellationToken cancellationToken)
    {
        var plot = new Plot();
        plot.XLabel(cost.Value);
        plot.YLabel("best summed score");
        FrontierPoint[] answered = [.. found.Where(point => point.Result.HasAnswer).OrderBy(point => point.Result.Totals[cost])];
        var line = plot.Add.Scatter(
            answered.Select(point => point.Result.Totals[cost]).ToArray(), answered.Select(point => point.Result.Objective).ToArray());
        line.LegendText = "frontier";
        IReadOnlyList<LayerChoice> parent = problem.ParentChoice();
        Mark("parent", problem.TotalsOf(parent)[cost], problem.ScoreOf(parent), Colors.Black);
        if (answered.Length > 0)
        {
            // The baselines for the target in the middle of the frontier.
            FrontierPoint middle = answered[answered.Length / 2];
            SearchProblem same = problem with { Constraints = [.. problem.Constraints, new ResourceConstraint(cost, middle.Maxima[0])] };
            foreach ((string name, IArchitectureSolver baseline, Color color) in new (string, IArchitectureSolver, Color)[]
            {
                ("greedy", new GreedyArchitectureSolver(), Colors.Red),
                ("uniform", new UniformArchitectureSolver(), Colors.Orange),
                ("depth", new DepthArchitectureSolver(new ArchitectureSolver()), Colors.Purple),
            })
            {
                SearchResult result = baseline.Solve(same, cancellationToken);
                if (result.HasAnswer)
                    Mark($"{name} at {middle.Maxima[0]:G6}", result.Totals[cost], result.Objective, color);
            }
        }
        plot.ShowLegend();
        AtomicFile.WriteBytes(path, plot.GetImageBytes(1000, 640, ImageFormat.Png));

        void Mark(string name, double x, double y, Color color) =>
            plot.Add.Marker(x, y, MarkerShape.FilledCircle, size: 12, color: color).LegendText = name;
    }
}
