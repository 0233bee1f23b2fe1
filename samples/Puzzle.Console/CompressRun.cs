using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Reporting;
using Puzzle.Search.Interchange;
using Puzzle.Search.Profiling;
using Puzzle.Serving;
using Puzzle.Text;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Runs the pipeline for the user's settings and shows and saves what it found.</summary>
internal sealed class CompressRun(CompressSettings settings, IAnsiConsole console)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        string parentFolder = settings.Parent ?? DefaultAssets.Parent;
        Tokenizer tokenizer = Tokenizer.Load(parentFolder);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(parentFolder);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        using CausalLanguageModel parent = CausalLanguageModel.Load(
            checkpoint, settings.Device.ParentType, settings.Device.Torch, cancellationToken);
        int sequenceLength = Math.Min(settings.SequenceLength, parent.Config.MaxPositions);
        if (settings.Workload.SequenceTokens > parent.Config.MaxPositions)
            throw new ArgumentException($"--prompt and --generate together ask for {settings.Workload.SequenceTokens} tokens; the parent "
                + $"holds {parent.Config.MaxPositions} positions.");
        RunTexts texts = RunTexts.Load(settings, tokenizer, sequenceLength, cancellationToken);
        Directory.CreateDirectory(settings.WorkDirectory);

        console.MarkupLineInterpolated(
            $"[bold]Parent[/] {parentFolder}: {parent.Config.Layers} layers, {parent.ParameterCount:N0} parameters");
        (int batch, int prompt, int made) =
            (settings.Workload.BatchSize, settings.Workload.PromptTokens, settings.Workload.GeneratedTokens);
        console.MarkupLineInterpolated(
            $"[bold]Target[/] {settings.TargetText} at batch {batch}, {prompt} prompt + {made} generated tokens");
        (int training, int scoring, int heldOut) = (texts.Training.Count, texts.Scoring.Count, texts.HeldOut.Count);
        console.MarkupLineInterpolated(
            $"[bold]Text[/]   {training} training, {scoring} scoring, {heldOut} held-out windows of {sequenceLength} tokens");
        console.MarkupLineInterpolated($"[bold]Work[/]   {settings.WorkDirectory}");

        RunStart.Now(settings.Parent, settings.TargetText).Write(settings.WorkDirectory);
        using ServiceProvider services = Services();
        foreach (StageChange change in services.GetRequiredService<PuzzlePipeline>().Changes(Request(parent, fingerprint, texts)))
            console.MarkupLineInterpolated($"[bold]Change[/] {change}");
        (PuzzleResult result, ReportContext found) = await ProgressView.RunAsync(
            console, view => FindAsync(services, parent, fingerprint, tokenizer, texts, view, cancellationToken));
        BlockLibraryFile.Write(Path.Combine(settings.WorkDirectory, BlockLibraryFile.FileName), result.Library);
        RunReport report = result.CreateReport(found);
        report.Save(settings.WorkDirectory);
        if (result.Child is null)
        {
            console.MarkupLineInterpolated($"[red]The target cannot be met.[/] {report.Infeasibility}");
            throw new InvalidOperationException("No architecture was chosen; loosen the target and run again with the same work folder.");
        }
        ResultPrinter.Show(console, found.EngineSpeeds is { } engine ? result with { Speeds = engine } : result, report);
        FrontierChart.Save(Path.Combine(settings.WorkDirectory, "frontier.png"), report);
        foreach (SampleText sample in report.Samples)
        {
            console.MarkupLineInterpolated($"[bold]Parent[/] writes: {sample.Parent}");
            console.MarkupLineInterpolated($"[bold]Child[/] writes: {sample.Child}");
        }
        string files = $"{Path.GetFileName(result.Child.Folder)}/, {RunReport.HtmlFileName}, {RunReport.JsonFileName}, frontier.png";
        console.MarkupLineInterpolated($"Child, reports and chart: [bold]{settings.WorkDirectory}[/] ({files})");
        ModelConfig saved = parent.Config with { Architecture = result.Child.SavedArchitecture };
        string engines = string.Join(", ", ServableSpace.EnginesOf(saved).Select(ServerChoices.NameOf));
        console.MarkupLineInterpolated($"Programs that load the child once it is exported for them: {engines}");
        if (settings.TargetsOnnx)
            console.MarkupLineInterpolated($"The child for ONNX Runtime: [bold]{OnnxRun.FolderIn(settings.WorkDirectory)}[/]");
    }

    private async Task<(PuzzleResult Result, ReportContext Found)> FindAsync(
        ServiceProvider services, CausalLanguageModel parent, string fingerprint, Tokenizer tokenizer, RunTexts texts, ProgressView view,
        CancellationToken cancellationToken)
    {
        PuzzleResult result = await services.GetRequiredService<PuzzlePipeline>()
            .RunAsync(Request(parent, fingerprint, texts), view, cancellationToken);
        var context = new ReportContext
        {
            Target = settings.TargetText,
            Command = settings.Command,
            Created = TimeProvider.System.GetUtcNow(),
            Seeds = Compressor.Seeds,
            Fingerprints = Compressor.FingerprintsOf(fingerprint, texts.Parts),
        };
        if (result.Child is not { } child)
            return (result, context);
        tokenizer.Save(child.Folder);
        using FinishedModels models = FinishedModels.Load(parent, result, cancellationToken);
        IReadOnlyList<ModelThroughput> speeds = await FinishedModels.SpeedsAsync(
            settings.WorkDirectory, result, $"torch, {settings.Device.Name}, {settings.Threads} threads",
            () =>
                services.GetRequiredService<ThroughputMeter>()
                    .MeasureAsync(models.All, settings.Workload, view.Task("Timing models in torch"), cancellationToken));
        OnnxRun? onnx = settings.TargetsOnnx
            ? await OnnxRun.RunAsync(settings, models, child.Folder, texts.HeldOut, view, cancellationToken)
            : null;
        result = result with { Speeds = speeds };
        return (result, context with
        {
            EngineSpeeds = onnx?.Speeds,
            Quantized = onnx?.Quantized,
            Foreign = texts.Foreign is { } foreign
                ? await Task.Run(
                    () => Compare(parent, models.Child, foreign, view.Task("Evaluating other text"), cancellationToken), cancellationToken)
                : null,
            Frontier = FrontierSearch.Compute(
                result, services.GetRequiredService<Puzzle.Search.IArchitectureSolver>(), settings.Objective, cancellationToken),
            Samples = await SampleWriter.WriteAsync(tokenizer, parent, models.Child, cancellationToken),
        });
    }

    private static QualityPair Compare(
        CausalLanguageModel parent, CausalLanguageModel child, PackedTokenDataset data, IProgress<double> progress,
        CancellationToken cancellationToken) => new(
        ModelEvaluator.Evaluate(parent, parent, data, cancellationToken: cancellationToken),
        ModelEvaluator.Evaluate(child, parent, data, progress: progress, cancellationToken: cancellationToken));

    private PuzzleRequest Request(CausalLanguageModel parent, string fingerprint, RunTexts texts) => new()
    {
        Parent = new(parent, fingerprint),
        TrainingText = texts.Training,
        ScoringText = texts.Scoring,
        HeldOutText = texts.HeldOut,
        SearchSpace = settings.SpaceFor(parent.Config),
        Workload = settings.Workload,
        Target = settings.Target,
        WorkDirectory = settings.WorkDirectory,
        TokenizerFolder = settings.Parent ?? DefaultAssets.Parent,
    };

    private ServiceProvider Services()
    {
        var services = new ServiceCollection();
        settings.Configure(services.AddPuzzleDefaults());
        services.AddSingleton(_ => new ThroughputMeter(new ProfilingOptions
        {
            Device = settings.Device.Type,
            DeviceIndex = settings.Device.Index,
            Threads = settings.Threads,
        }));
        return services.BuildServiceProvider();
    }
}
