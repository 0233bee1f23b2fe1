using System.CommandLine;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Search;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>The main job: parent in, smaller and faster child out.</summary>
internal static class CompressCommand
{
    private static readonly Option<string?> Parent = CommonOptions.Parent();
    private static readonly Option<string[]> Text = CommonOptions.Text();
    private static readonly Option<string?> HeldOut = new("--held-out")
    {
        Description = "A further text file to compare parent and child on.",
    };
    private static readonly Option<double?> Speedup = new("--speedup")
    {
        Description = "Be at least so many times faster than the parent (1.5 by default).",
    };
    private static readonly Option<double?> Throughput = new("--throughput")
    {
        Description = "At least so many tokens per second, prompt and generated.",
    };
    private static readonly Option<double?> Memory = new("--memory") { Description = "At most so many MiB of weights and KV cache." };
    private static readonly Option<double?> Latency = new("--latency")
    {
        Description = "At most so many milliseconds for a whole request.",
    };
    private static readonly Option<int> Batch = new("--batch") { Description = "Sequences served together.", DefaultValueFactory = _ => 8 };
    private static readonly Option<int> Prompt = new("--prompt")
    {
        Description = "Prompt tokens of each sequence.",
        DefaultValueFactory = _ => 128,
    };
    private static readonly Option<int> Generate = new("--generate")
    {
        Description = "Generated tokens of each sequence.",
        DefaultValueFactory = _ => 64,
    };
    private static readonly Option<string> Device = DeviceOption.Create();
    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Threads of one operator while timing; 1 repeats best on a shared machine.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<string> Engine = OnnxChoices.Engine();
    private static readonly Option<string> Precision = OnnxChoices.Precision();
    public static readonly Option<string?> Work = CommonOptions.Work("The work folder; run again with the same one to resume.");
    private static readonly Option<bool> Resume = new("--resume")
    {
        Description = "Continue the run in the work folder, or the last one of the same parent and target that was started from this "
            + "folder.",
    };
    private static readonly Option<int> BlockwiseSteps = CommonOptions.BlockwiseSteps(8);
    private static readonly Option<int> GlobalSteps = CommonOptions.GlobalSteps(300);
    private static readonly Option<string?> Starts = StartChoices.Starts(
        "What variants start from: the paper's products, means and channels, or fits on the parent's activations.",
        StartChoices.ClosedForm);
    private static readonly Option<int> FitWindows = CommonOptions.FitWindows();
    private static readonly Option<int> ScoringWindows = new("--score-windows")
    {
        Description = "Windows of text that each candidate is scored on.",
        DefaultValueFactory = _ => 8,
    };
    private static readonly Option<int> SequenceLength = CommonOptions.Sequence();
    private static readonly Option<bool> UptrainBaselines = new("--uptrain-baselines")
    {
        Description = "Uptrain the baselines like the child: a fair comparison that takes longer.",
    };
    private static readonly Option<string[]> Baselines = BaselineChoices.Baselines();
    private static readonly Option<string> Objective = CommonOptions.Objective();
    private static readonly Option<bool> TwoStage = new("--two-stage")
    {
        Description = "Train the chosen subblocks again in pairs (coupled) and search once more.",
    };
    private static readonly Option<int> ConditionalRounds = new("--rescore")
    {
        Description = "Score candidates again beside the chosen blocks, at most so many times, and search again.",
    };
    private static readonly Option<int> Finalists = new("--finalists")
    {
        Description = "Try so many near-optimal architectures whole, healed a little, and keep the best; 1 takes the search's answer.",
        DefaultValueFactory = _ => new PuzzleOptions().Finalists,
    };
    private static readonly Option<bool> NestedWidths = CommonOptions.NestedWidths();
    private static readonly Option<bool> FuseFfns = new("--fuse-ffns")
    {
        Description = "Make one wide FFN of those that follow each other without attention and depend little on each other.",
    };
    private static readonly Option<bool> PaperSpace = CommonOptions.PaperSpace();

    private static readonly Option<string?> For = ServerChoices.Servers();

    public static RootCommand Create()
    {
        var command = new RootCommand("""
            Makes a language model cheaper to run: distils cheaper alternatives of every layer, measures them, picks the best combination for a target, and heals the result.

            Examples:
              puzzle                                                              the embedded model, in minutes
              puzzle --parent path/to/model --text corpus.txt --speedup 1.5
              puzzle --parent path/to/model --text corpus.txt --memory 4000 --engine onnx --precision int4
              puzzle --work runs/a --resume                                       continues a stopped run
            """);
        AddOptionsTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = "";
            return CommandErrors.GuardAsync(
                () =>
                {
                    CompressSettings settings = Settings(parsed, "");
                    settings = settings with
                    {
                        WorkDirectory = parsed.GetValue(Resume)
                            ? WorkFolders.Resume(parsed.GetValue(Work), RunStart.Now(settings.Parent, settings.TargetText))
                            : WorkFolders.Choose(parsed.GetValue(Work)),
                    };
                    folder = settings.WorkDirectory;
                    IAnsiConsole console = AnsiConsole.Console;
                    // A pipe has no width of its own; the tables need some.
                    if (Console.IsOutputRedirected)
                        console.Profile.Width = 140;
                    return new CompressRun(settings, console).RunAsync(cancellationToken);
                },
                () => $"Stopped. Everything made so far is kept; continue with the same options and --work {folder} --resume");
        });
        return command;
    }

    // Those that name files: a plan keeps whole paths.
    private static readonly Option[] Paths = [Parent, Text, HeldOut, Work];

    /// <summary>Gets the options that say what a run is.</summary>
    private static readonly Option[] All =
    [
        Parent, Text, HeldOut, Speedup, Throughput, Memory, Latency, Batch, Prompt, Generate, Device, Threads, Engine, Precision,
        Work, Resume, Starts, BlockwiseSteps, GlobalSteps, FitWindows, ScoringWindows, SequenceLength, UptrainBaselines, PaperSpace,
        For, Objective, TwoStage, ConditionalRounds, Finalists, FuseFfns,
        NestedWidths, Baselines,
    ];

    /// <summary>Adds the options that say what a run is.</summary>
    public static void AddOptionsTo(Command command)
    {
        foreach (Option option in All)
            command.Options.Add(option);
    }

    /// <summary>Gives the options that were given, with whole paths, so that another process in another folder reads the same.</summary>
    public static IReadOnlyList<string> ArgumentsOf(ParseResult parsed) =>
    [
        .. from option in All
           let given = parsed.GetResult(option)
           where given is { Implicit: false }
           from text in given.Tokens.Select(token => Paths.Contains(option) ? Path.GetFullPath(token.Value) : token.Value)
               .Prepend(option.Name)
           select text,
    ];

    /// <summary>Reads the settings of a run from what <see cref="ArgumentsOf"/> gave.</summary>
    public static CompressSettings Settings(IReadOnlyList<string> arguments)
    {
        var command = new Command("work");
        AddOptionsTo(command);
        ParseResult parsed = command.Parse([.. arguments]);
        return parsed.Errors.Count == 0 && parsed.GetValue(Work) is { } work
            ? Settings(parsed, work)
            : throw new ArgumentException($"The work plan was made with options that this version does not know: "
                + $"{string.Join("; ", parsed.Errors.Select(error => error.Message))} Plan again.");
    }

    /// <summary>Reads them.</summary>
    public static CompressSettings Settings(ParseResult parsed, string workFolder)
    {
        (DeploymentTarget target, string text) = Target(parsed);
        bool targetsOnnx = parsed.GetValue(Engine) == OnnxChoices.OnnxEngine;
        string precision = parsed.GetValue(Precision)!;
        if (!targetsOnnx && parsed.GetResult(Precision) is { Implicit: false })
            throw new ArgumentException(
                $"--precision {precision} is how ONNX Runtime stores weights; give --engine {OnnxChoices.OnnxEngine} too.");
        return new CompressSettings
        {
            Parent = parsed.GetValue(Parent),
            Text = parsed.GetValue(Text)!,
            HeldOut = parsed.GetValue(HeldOut),
            Target = target,
            TargetText = text,
            Command = $"puzzle {string.Join(' ', parsed.Tokens.Select(token => Quoted(token.Value)))}",
            Workload = new Workload(parsed.GetValue(Batch), parsed.GetValue(Prompt), parsed.GetValue(Generate))
            {
                WeightType = targetsOnnx ? OnnxChoices.TypeOf(precision) : ElementType.Float32,
            },
            WorkDirectory = workFolder,
            SequenceLength = parsed.GetValue(SequenceLength),
            Start = StartChoices.Of(parsed.GetValue(Starts)),
            BlockwiseSteps = parsed.GetValue(BlockwiseSteps),
            GlobalSteps = parsed.GetValue(GlobalSteps),
            FitWindows = parsed.GetValue(FitWindows),
            ScoringWindows = parsed.GetValue(ScoringWindows),
            UptrainBaselines = parsed.GetValue(UptrainBaselines),
            Baselines = [.. parsed.GetValue(Baselines)!.Select(BaselineChoices.Of)],
            Objective = parsed.GetValue(Objective)!,
            TwoStage = parsed.GetValue(TwoStage),
            ConditionalRounds = parsed.GetValue(ConditionalRounds),
            Finalists = parsed.GetValue(Finalists),
            FuseFfns = parsed.GetValue(FuseFfns),
            NestedWidths = parsed.GetValue(NestedWidths),
            PaperSpace = parsed.GetValue(PaperSpace),
            Server = ServerChoices.ServerOf(parsed.GetValue(For)),
            Device = DeviceOption.Of(parsed.GetValue(Device)!),
            Threads = parsed.GetValue(Threads),
            TargetsOnnx = targetsOnnx,
            Precision = OnnxChoices.PrecisionOf(precision),
        };
    }

    private static (DeploymentTarget Target, string Text) Target(ParseResult parsed)
    {
        double? speedup = parsed.GetValue(Speedup), throughput = parsed.GetValue(Throughput);
        double? memory = parsed.GetValue(Memory), latency = parsed.GetValue(Latency);
        if (speedup is null && throughput is null && memory is null && latency is null)
            speedup = 1.5;
        foreach ((string option, double? value)
            in new[] { ("--speedup", speedup), ("--throughput", throughput), ("--memory", memory), ("--latency", latency) })
        {
            if (value is { } number && !(number > 0 && double.IsFinite(number)))
                throw new ArgumentException(FormattableString.Invariant($"{option} {number}: expected a positive number."));
        }
        if (speedup is not null && throughput is not null)
            throw new ArgumentException("Give --speedup or --throughput, not both.");
        var target = new DeploymentTarget
        {
            // The same model measures a percent or two differently the next time: aim a little higher than asked.
            Throughput = speedup is { } factor
                ? CostBound.AtLeastOfParent(factor * 1.03)
                : throughput is { } tokens
                ? CostBound.AtLeast(tokens)
                : null,
            Memory = memory is { } mebibytes ? CostBound.AtMost(mebibytes * 1024 * 1024) : null,
            Latency = latency is { } milliseconds ? CostBound.AtMost(milliseconds) : null,
        };
        var parts = new List<string>();
        if (speedup is not null) parts.Add(FormattableString.Invariant($"{speedup}x the parent's speed"));
        if (throughput is not null) parts.Add(FormattableString.Invariant($"{throughput} tokens/s"));
        if (memory is not null) parts.Add(FormattableString.Invariant($"{memory} MiB"));
        if (latency is not null) parts.Add(FormattableString.Invariant($"{latency} ms per request"));
        return (target, string.Join(", ", parts));
    }

    private static string Quoted(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument;
}
