using System.CommandLine;
using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Search.Solving;

namespace Puzzle.ConsoleApp;

/// <summary>What <c>solve</c> and <c>frontier</c> have in common: a scored library, an objective, bounds and a solver.</summary>
internal sealed class SearchOptions
{
    private readonly Option<string[]> _library = new("--library")
    {
        Description = "block_library.json, or the folder that holds it, such as a run's work folder.",
        Required = true,
    };
    private readonly Option<string> _objective = CommonOptions.Objective();
    private readonly Option<bool> _maximize = new("--maximize")
    {
        Description = "Large values of every metric are good (known for our own metrics).",
    };
    private readonly Option<string?> _cheapest = new("--cheapest")
    {
        Description = "Asks for the least total of a cost (KEY, memory or throughput) instead of the best score.",
    };
    private readonly Option<double?> _scoreBound = new("--score-bound")
    {
        Description = "The worst summed score allowed; goes with --cheapest.",
    };
    private readonly Option<double?> _maxMemory = new("--max-memory-mib") { Description = "At most so many MiB." };
    private readonly Option<double?> _maxRuntime = new("--max-runtime-ms") { Description = "At most so many milliseconds." };
    private readonly Option<double?> _minThroughput = new("--min-throughput")
    {
        Description = "At least so many tokens per second, prompt and generated.",
    };
    private readonly Option<string[]> _max = new("--max")
    {
        Description = "KEY=N: at most N of a cost, named as in the library.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string[]> _min = new("--min")
    {
        Description = "KEY=N: at least N of a cost.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string[]> _range = new("--range")
    {
        Description = "KEY=A..B: a cost from A to B.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<string?> _for = ServerChoices.Servers();
    private readonly Option<string?> _parent = CommonOptions.Parent(
        "The parent's folder or config.json, whose shape says what the program of --for loads.");
    private readonly Option<string> _solver = new Option<string>("--solver")
    {
        Description = "How to choose.",
        DefaultValueFactory = _ => "auto",
    }
        .AcceptOnlyFromAmong("auto", "exact", "mip-cpsat", "mip-scip", "mip-cbc", "greedy", "uniform", "depth");
    private readonly Option<double> _gap = new("--gap") { Description = "The relative gap at which to stop; 0 for a proof." };
    private readonly Option<double> _timeLimit = new("--time-limit")
    {
        Description = "Seconds for each search.",
        DefaultValueFactory = _ => 60,
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _library, _objective, _maximize, _cheapest, _scoreBound, _maxMemory, _maxRuntime,
            _minThroughput, _max, _min, _range, _for, _parent, _solver, _gap, _timeLimit })
            command.Options.Add(option);
    }

    public (ScoredLibrary Library, SearchProblem Problem) Problem(ParseResult parsed)
    {
        ScoredLibrary[] libraries = [.. Libraries(parsed)];
        return libraries.Length == 1
            ? (libraries[0], Problem(parsed, libraries[0]))
            : throw new ArgumentException("Give --library once.");
    }

    /// <summary>A problem for each library; several ones were measured at different batch sizes.</summary>
    public IReadOnlyList<BatchCandidate> Problems(ParseResult parsed)
    {
        ScoredLibrary[] libraries = [.. Libraries(parsed)];
        return libraries.Length == 1
            ? [new BatchCandidate(0, Problem(parsed, libraries[0]))]
            : [.. libraries.Select(library => new BatchCandidate(BatchSize(library), Problem(parsed, library)))];
    }

    private SearchProblem Problem(ParseResult parsed, ScoredLibrary library)
    {
        SearchProblem problem = library.ToProblem(Objective(parsed, library)) with { Constraints = [.. Constraints(parsed, library)] };
        double? scoreBound = parsed.GetValue(_scoreBound);
        if (parsed.GetValue(_cheapest) is not { } cheapest)
            return scoreBound is null ? problem : throw new ArgumentException("--score-bound goes with --cheapest.");
        CostName cost = cheapest switch
        {
            "memory" => Memory(library).Cost,
            "throughput" => CostName.Runtime,
            _ => new CostName(cheapest),
        };
        return scoreBound is { } score ? problem.CheapestWithin(cost, score) : problem.Optimizing(cost, ObjectiveDirection.Minimize);
    }

    private IEnumerable<ScoredLibrary> Libraries(ParseResult parsed)
    {
        IEnumerable<ScoredLibrary> libraries = parsed.GetValue(_library)!
            .Select(path => BlockLibraryFile.Read(Directory.Exists(path) ? Path.Combine(path, BlockLibraryFile.FileName) : path));
        if (ServerChoices.ServerOf(parsed.GetValue(_for)) is not { } server)
            return libraries;
        ModelConfig parent = CheckpointFolder.ReadConfig(
            parsed.GetValue(_parent) ?? throw new ArgumentException("--for needs --parent: what a program loads depends on its shape."));
        return libraries.Select(library => library.ServableBy(parent, server));
    }

    private static int BatchSize(ScoredLibrary library)
    {
        double batch = Measured(library, "batch_size");
        return batch >= 1 && batch <= int.MaxValue && batch == Math.Floor(batch)
            ? (int)batch
            : throw new ArgumentException($"batch_size: {batch} is not a batch size.");
    }

    /// <summary>The library's cost of memory and how many of its units are a MiB.</summary>
    public static (CostName Cost, double PerMebibyte) Memory(ScoredLibrary library)
    {
        var mebibytes = new CostName("memory_mib");
        return library.Layers[0][0].Costs.ContainsKey(mebibytes) ? (mebibytes, 1) : (CostName.Memory, 1024 * 1024);
    }

    public IArchitectureSolver Solver(ParseResult parsed)
    {
        double gap = parsed.GetValue(_gap);
        TimeSpan limit = TimeSpan.FromSeconds(parsed.GetValue(_timeLimit));
        return parsed.GetValue(_solver) switch
        {
            "exact" => new ExactArchitectureSolver(new ExactSolverOptions { RelativeGap = gap, TimeLimit = limit }),
            "mip-cpsat" => Mip(MipBackend.CpSat),
            "mip-scip" => Mip(MipBackend.Scip),
            "mip-cbc" => Mip(MipBackend.Cbc),
            "greedy" => new GreedyArchitectureSolver(),
            "uniform" => new UniformArchitectureSolver(),
            "depth" => new DepthArchitectureSolver(
                new ArchitectureSolver(new ArchitectureSolverOptions { RelativeGap = gap, TimeLimit = limit })),
            _ => new ArchitectureSolver(new ArchitectureSolverOptions { RelativeGap = gap, TimeLimit = limit }),
        };

        MipArchitectureSolver Mip(MipBackend backend) =>
            new(new MipSolverOptions { Backend = backend, RelativeGap = gap, TimeLimit = limit });
    }

    /// <summary>Prompt and generated tokens of the workload the library was measured under.</summary>
    public static double Tokens(ScoredLibrary library) => Measured(library, "batch_size") * Measured(library, "sequence_length");

    private IEnumerable<ResourceConstraint> Constraints(ParseResult parsed, ScoredLibrary library)
    {
        if (parsed.GetValue(_maxMemory) is { } memory)
        {
            (CostName cost, double perMebibyte) = Memory(library);
            yield return new ResourceConstraint(cost, memory * perMebibyte);
        }
        if (parsed.GetValue(_maxRuntime) is { } runtime)
            yield return new ResourceConstraint(CostName.Runtime, runtime);
        if (parsed.GetValue(_minThroughput) is { } throughput)
            yield return new ResourceConstraint(CostName.Runtime, throughput > 0
                ? Tokens(library) * 1000 / throughput
                : throw new ArgumentException("--min-throughput must be positive."));
        foreach (string text in parsed.GetValue(_max)!)
        {
            (CostName cost, string value) = Split("--max", text);
            yield return new ResourceConstraint(cost, Number("--max", value));
        }
        foreach (string text in parsed.GetValue(_min)!)
        {
            (CostName cost, string value) = Split("--min", text);
            yield return new ResourceConstraint(cost, Minimum: Number("--min", value));
        }
        foreach (string text in parsed.GetValue(_range)!)
        {
            (CostName cost, string value) = Split("--range", text);
            string[] ends = value.Split("..");
            if (ends.Length != 2)
                throw new ArgumentException($"--range {text}: expected KEY=A..B.");
            yield return new ResourceConstraint(cost, Number("--range", ends[1]), Number("--range", ends[0]));
        }
    }

    // Of a metric that is not ours, only the user knows the direction.
    private ScoreObjective Objective(ParseResult parsed, ScoredLibrary library)
    {
        bool large = parsed.GetValue(_maximize);
        return ScoreObjective.Parse(parsed.GetValue(_objective)!, [.. library.Layers[0][0].Metrics.Keys.Select(name =>
            large
                ? new ScoreMetric(name, HigherIsBetter: true, null)
                : ScoreMetric.All.FirstOrDefault(metric => metric.Name == name) ?? new ScoreMetric(name, HigherIsBetter: false, null))]);
    }

    private static (CostName Cost, string Value) Split(string option, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? (new CostName(text[..equals]), text[(equals + 1)..])
            : throw new ArgumentException($"{option} {text}: expected KEY=VALUE.");
    }

    private static double Number(string option, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw new ArgumentException($"{option}: '{text}' is not a number.");

    private static double Measured(ScoredLibrary library, string key) =>
        library.Measurement.TryGetValue(key, out string? text)
            ? Number(key, text)
            : throw new ArgumentException($"measurement_info.json with {key} is needed beside the library.");
}
