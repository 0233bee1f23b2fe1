using System.CommandLine;
using System.Text.Json;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.ConsoleApp;

/// <summary>Chooses architectures from a scored library; needs no torch.</summary>
internal static class SolveCommand
{
    public static Command Create()
    {
        var search = new SearchOptions();
        var solutions = new Option<int>("--solutions") { Description = "How many architectures.", DefaultValueFactory = _ => 1 };
        var diversity = new Option<int>("--diversity") { Description = "In how many layers any two of them differ at least.", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var png = new Option<string?>("--png") { Description = "A picture of the first architecture to write, layer by layer." };
        var command = new Command("solve", "Chooses the best architecture from a scored block library.") { solutions, diversity, json, png };
        search.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            (_, SearchProblem problem) = search.Problem(parsed);
            IArchitectureSolver solver = search.Solver(parsed);
            int count = parsed.GetValue(solutions);
            IReadOnlyList<SearchResult> results = count == 1
                ? [solver.Solve(problem, cancellationToken)]
                : [.. solver.SolveDiverse(problem, count, parsed.GetValue(diversity), cancellationToken)];
            if (parsed.GetValue(png) is { } picture && results.FirstOrDefault(result => result.HasAnswer) is { } first)
                HeatStrip.Save(picture, problem, first);
            if (parsed.GetValue(json))
                WriteJson(results);
            else
                foreach (SearchResult result in results)
                    WriteText(result);
        }));
        return command;
    }

    private static void WriteJson(IReadOnlyList<SearchResult> results)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("solutions");
            foreach (SearchResult result in results)
                SearchResultJson.Write(json, result);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    private static void WriteText(SearchResult result)
    {
        Console.Out.WriteLine(FormattableString.Invariant($"{result.Status}: objective {result.Objective:G10}, bound {result.Bound:G10}, gap {result.Gap:G3}, {result.Solver}, {result.Elapsed.TotalMilliseconds:F1} ms"));
        if (result.Infeasibility is { } infeasibility)
            Console.Out.WriteLine(infeasibility.Explanation);
        foreach ((Measurement.CostName cost, double total) in result.Totals)
            Console.Out.WriteLine(FormattableString.Invariant($"  {cost,-28} {total:G10}"));
        foreach (LayerChoice choice in result.Choice)
            Console.Out.WriteLine(FormattableString.Invariant($"  layer {choice.Layer,3}  {choice.VariantName.Replace("\t", " ", StringComparison.Ordinal)}"));
    }
}
