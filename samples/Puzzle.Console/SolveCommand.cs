using System.CommandLine;
using System.Text.Json;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.ConsoleApp;

/// <summary>Chooses architectures from a scored library; needs no torch.</summary>
internal static class SolveCommand
{
    private static readonly Option<int> Solutions = new("--solutions")
    {
        Description = "How many architectures.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<int> Diversity = new("--diversity")
    {
        Description = "In how many layers any two of them differ at least.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<string?> Png = CommonOptions.Picture("A picture of the first architecture to write, layer by layer.");
    private static readonly SearchOptions Search = new();

    public static Command Create()
    {
        var command = new Command("solve", "Chooses the best architecture from a scored block library.\n\n"
            + "Example:\n  puzzle solve --library runs/a --max-memory-mib 4000 --solutions 3")
        {
            Solutions, Diversity, Json, Png,
        };
        Search.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => Run(parsed, cancellationToken)));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<BatchCandidate> candidates = Search.Problems(parsed);
        IArchitectureSolver solver = Search.Solver(parsed);
        int count = parsed.GetValue(Solutions);
        if (count < 1)
            throw new ArgumentException($"--solutions {count}: expected at least 1.");
        BatchSearchResult? batches = candidates.Count == 1
            ? null
            : new BatchSizeSearch(solver).Solve(candidates, cancellationToken: cancellationToken);
        BatchCandidate chosen = batches is null
            ? candidates[0]
            : candidates.First(candidate => candidate.BatchSize == batches.BatchSize);
        SearchProblem problem = chosen.Problem;
        var results = new List<SearchResult>();
        if (count > 1)
            results.AddRange(solver.SolveDiverse(problem, count, parsed.GetValue(Diversity), cancellationToken));
        if (results.Count == 0)
            results.Add(batches?.Best ?? solver.Solve(problem, cancellationToken));
        if (parsed.GetValue(Png) is { } picture && results.FirstOrDefault(result => result.HasAnswer) is { } first)
            HeatStrip.Save(picture, problem, first);
        if (parsed.GetValue(Json))
            WriteJson(results, batches);
        else
            WriteText(results, batches);
    }

    private static void WriteJson(List<SearchResult> results, BatchSearchResult? batches)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("solutions");
            foreach (SearchResult result in results)
                SearchResultJson.Write(json, result);
            json.WriteEndArray();
            if (batches is not null)
                WriteBatches(json, batches);
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    private static void WriteBatches(Utf8JsonWriter json, BatchSearchResult batches)
    {
        json.WriteNumber("batch_size", batches.BatchSize);
        json.WriteStartArray("batch_sizes");
        foreach (BatchOutcome outcome in batches.Outcomes)
        {
            json.WriteStartObject();
            json.WriteNumber("batch_size", outcome.BatchSize);
            json.WritePropertyName("bound");
            if (double.IsFinite(outcome.Bound))
                json.WriteNumberValue(outcome.Bound);
            else
                json.WriteNullValue();
            json.WritePropertyName("solution");
            if (outcome.Result is null)
                json.WriteNullValue();
            else
                SearchResultJson.Write(json, outcome.Result);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteText(List<SearchResult> results, BatchSearchResult? batches)
    {
        foreach (BatchOutcome outcome in batches?.Outcomes ?? [])
        {
            string found = outcome.Result is { HasAnswer: true } result
                ? FormattableString.Invariant($"{result.Objective:G10}")
                : outcome.Result?.Status.ToString() ?? "cannot win";
            string best = outcome.BatchSize == batches!.BatchSize ? ", the best" : "";
            Console.Out.WriteLine(
                FormattableString.Invariant($"batch {outcome.BatchSize}: bound {outcome.Bound:G10}, {found}{best}"));
        }
        results.ForEach(WriteText);
    }

    private static void WriteText(SearchResult result)
    {
        Console.Out.WriteLine(
            FormattableString.Invariant($"{result.Status}: objective {result.Objective:G10}, bound {result.Bound:G10}, ")
            + FormattableString.Invariant($"gap {result.Gap:G3}, {result.Solver}, {result.Elapsed.TotalMilliseconds:F1} ms"));
        if (result.Infeasibility is { } infeasibility)
            Console.Out.WriteLine(infeasibility.Explanation);
        foreach ((Measurement.CostName cost, double total) in result.Totals)
            Console.Out.WriteLine(FormattableString.Invariant($"  {cost,-28} {total:G10}"));
        foreach (LayerChoice choice in result.Choice)
            Console.Out.WriteLine(FormattableString.Invariant(
                $"  layer {choice.Layer,3}  {choice.VariantName.Replace("\t", " ", StringComparison.Ordinal)}"));
    }
}
