using System.CommandLine;
using Puzzle.Checkpoints;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Scores every alternative of every layer, put into the parent one at a time.</summary>
internal static class ScoreCommand
{
    private static readonly Option<string?> Parent = CommonOptions.Parent();
    private static readonly Option<bool> TrainingFree = new("--training-free")
    {
        Description = "Score alternatives as the paper initializes them from the parent, without distilling them.",
    };
    private static readonly Option<string?> Starts = StartChoices.Starts(
        "Score alternatives as they start, without distilling them: paper, as with --training-free, or closed-form, fitted on the text.");
    private static readonly Option<int> Steps = CommonOptions.BlockwiseSteps(24);
    private static readonly Option<string[]> Metrics = new("--metrics")
    {
        Description = $"What to measure: {string.Join(", ", ScoreMetric.All.Select(metric => metric.Name))}, or all. "
            + "kl_div and lm_loss by default.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string?> Library = new("--library")
    {
        Description = "A block library's folder: score its variants as they are, and keep the scores there.",
    };
    private static readonly Option<string?> Work = CommonOptions.Work(
        "A work folder: make the variants that are missing in its library, and keep the scores there.");
    private static readonly Option<bool> PaperSpace = CommonOptions.PaperSpace();
    private static readonly Option<string?> For = ServerChoices.Servers();
    private static readonly Option<bool> Additive = new("--additive")
    {
        Description = "Measure subblocks alone and add up what each changes, instead of measuring whole blocks.",
    };
    private static readonly Option<int?> Windows = new("--score-windows")
    {
        Description = "Windows that each candidate is scored on; all of --token-windows, 64 of text by default.",
    };
    private static readonly Option<double?> Confidence = new("--confidence")
    {
        Description = "Give each mean's bootstrap interval of this level too, for example 0.95.",
    };
    private static readonly Option<int> Seed = new("--seed") { Description = "The seed of the bootstrap." };
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<string> Device = DeviceOption.Create();
    private static readonly TextOptions Text = new();

    public static Command Create()
    {
        var command = new Command("score", "Scores every alternative of every layer, put into the parent one at a time.\n\n"
            + "Example:\n  puzzle score --parent path/to/model --text corpus.txt --work runs/a --metrics all")
        {
            Parent, TrainingFree, Starts, Steps, Metrics, Library, Work, PaperSpace, For, Additive, Windows, Confidence, Seed,
            Json, Device,
        };
        Text.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Confidence) is { } level and not (> 0 and < 1))
            throw new ArgumentException($"--confidence {level}: expected a number above 0 and below 1.");
        (bool isUntrained, Initialization start) = StartOf(parsed);
        ScoringOptions options = Options(parsed);
        var scorer = new ReplaceOneBlockScorer(options);
        string folder = parsed.GetValue(Parent) ?? DefaultAssets.Parent;
        ComputeDevice device = DeviceOption.Of(parsed.GetValue(Device)!);
        TorchRuntime.Initialize();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint, device.ParentType, device.Torch, cancellationToken);
        PackedTokenDataset data = Text.Load(parsed, folder, parent.Config, cancellationToken);
        using ScoredCandidates candidates = await ScoredCandidates.OpenAsync(
            parent, checkpoint.ComputeFingerprint(cancellationToken), data, parsed.GetValue(Library), parsed.GetValue(Work),
            isUntrained ? 0 : parsed.GetValue(Steps), start, parsed.GetValue(PaperSpace),
            ServerChoices.ServerOf(parsed.GetValue(For)), cancellationToken);

        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        int total = candidates.Blocks.Count;
        await foreach (BlockScore score in scorer.ScoreAsync(
            new ScoringRequest(parent, candidates.Library, candidates.Blocks, data), cancellationToken))
        {
            scores[score.BlockId] = score;
            if (scores.Count % 50 == 0 || scores.Count == total)
                await Console.Error.WriteLineAsync($"{scores.Count} of {total} blocks scored");
        }
        var table = new ScoreTable(candidates.Blocks, scores, scorer.Metrics, parsed.GetValue(Confidence), parsed.GetValue(Seed));
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(table.ToJson());
        else
            table.Write(Console.Out);
    }

    private static (bool IsUntrained, Initialization Start) StartOf(ParseResult parsed)
    {
        string? starts = parsed.GetValue(Starts);
        bool trainingFree = parsed.GetValue(TrainingFree);
        if (trainingFree && starts == StartChoices.ClosedForm)
            throw new ArgumentException(
                $"--training-free scores the paper's starts: give it or --starts {StartChoices.ClosedForm}, not both.");
        if (starts is not null && parsed.GetValue(Library) is not null)
            throw new ArgumentException("--library scores variants as they are: give --starts without it.");
        return (trainingFree || starts is not null,
            StartChoices.Of(starts));
    }

    private static ScoringOptions Options(ParseResult parsed)
    {
        var options = new ScoringOptions
        {
            MaxWindows = parsed.GetValue(Windows) ?? (Text.AreWindows(parsed) ? int.MaxValue : 64),
            Mode = parsed.GetValue(Additive) ? ScoringMode.Additive : ScoringMode.Composed,
        };
        string[] names = [.. parsed.GetValue(
            Metrics)!.SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        if (names is ["all"])
            options.Metrics = [.. ScoreMetric.All.Select(metric => metric.Name)];
        else if (names.Length > 0)
            options.Metrics = names;
        return options;
    }
}
