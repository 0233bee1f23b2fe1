using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search.Interchange;
using Puzzle.Search.Profiling;
using Puzzle.Text;
using Spectre.Console;
using TorchSharp;

namespace Puzzle.ConsoleApp;

/// <summary>Runs the pipeline for the user's settings and shows and saves what it found.</summary>
internal sealed class CompressRun(CompressSettings settings, IAnsiConsole console)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        torch.Device device = Device();
        string parentFolder = settings.Parent ?? DefaultAssets.Parent;
        Tokenizer tokenizer = Tokenizer.Load(parentFolder);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(parentFolder);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint, device: device);
        int sequenceLength = Math.Min(settings.SequenceLength, parent.Config.MaxPositions);
        if (settings.Workload.SequenceTokens > parent.Config.MaxPositions)
            throw new ArgumentException($"--prompt and --generate together ask for {settings.Workload.SequenceTokens} tokens; the parent holds {parent.Config.MaxPositions} positions.");
        RunTexts texts = RunTexts.Load(settings, tokenizer, sequenceLength, cancellationToken);
        Directory.CreateDirectory(settings.WorkDirectory);

        console.MarkupLineInterpolated($"[bold]Parent[/] {parentFolder}: {parent.Config.Layers} layers, {parent.ParameterCount:N0} parameters");
        console.MarkupLineInterpolated($"[bold]Target[/] {settings.TargetText} at batch {settings.Workload.BatchSize}, {settings.Workload.PromptTokens} prompt + {settings.Workload.GeneratedTokens} generated tokens");
        console.MarkupLineInterpolated($"[bold]Text[/]   {texts.Training.Count} training, {texts.Scoring.Count} scoring, {texts.HeldOut.Count} held-out windows of {sequenceLength} tokens");
        console.MarkupLineInterpolated($"[bold]Work[/]   {settings.WorkDirectory}");

        RunStart.Now(settings.Parent, settings.TargetText).Write(settings.WorkDirectory);
        using ServiceProvider services = Services(device);
        PuzzlePipeline pipeline = services.GetRequiredService<PuzzlePipeline>();
        PuzzleRequest request = Request(parent, fingerprint, texts);
        foreach (StageChange change in pipeline.Changes(request))
            console.MarkupLineInterpolated($"[bold]Change[/] {change}");
        PuzzleResult? result = null;
        RunReport? report = null;
        await ProgressView.Create(console).StartAsync(async context =>
        {
            var view = new ProgressView(context);
            result = await pipeline.RunAsync(request, view, cancellationToken);
            if (result.Child is null)
                return;
            tokenizer.Save(result.Child.Folder);
            report = RunReport.Find(ReportPath, IdentityOf(result, texts)) ?? await MeasureAsync(parent, result, texts, device, services, view, cancellationToken);
        });

        BlockLibraryFile.Write(Path.Combine(settings.WorkDirectory, BlockLibraryFile.FileName), result!.Library);
        if (result.Child is null)
        {
            console.MarkupLineInterpolated($"[red]The target cannot be met.[/] {result.Search.Infeasibility?.Explanation ?? result.Search.Status.ToString()}");
            throw new InvalidOperationException("No architecture was chosen; loosen the target and run again with the same work folder.");
        }
        ResultTables.Show(console, result, report!);
        string chart = Path.Combine(settings.WorkDirectory, "frontier.png");
        FrontierChart.Save(chart, FrontierPoints.Compute(result, services.GetRequiredService<Puzzle.Search.IArchitectureSolver>(), cancellationToken), report!);
        report!.Save(ReportPath);
        await TextSample.ShowAsync(console, tokenizer, parent, result.Child.Folder, device, cancellationToken);
        console.MarkupLineInterpolated($"Child, report and chart: [bold]{settings.WorkDirectory}[/] ({Path.GetFileName(result.Child.Folder)}/, report.json, {Path.GetFileName(chart)})");
        if (settings.TargetsOnnx)
            console.MarkupLineInterpolated($"The child for ONNX Runtime: [bold]{OnnxRun.FolderIn(settings.WorkDirectory)}[/]");
    }

    private string ReportPath => Path.Combine(settings.WorkDirectory, "report.json");

    /// <summary>Times the finished models, exports the child if it is to run in ONNX Runtime, and evaluates on a further text.</summary>
    private async Task<RunReport> MeasureAsync(
        CausalLanguageModel parent, PuzzleResult result, RunTexts texts, torch.Device device, ServiceProvider services, ProgressView view, CancellationToken cancellationToken)
    {
        using var models = FinishedModels.Load(parent, result, device);
        IReadOnlyList<ModelThroughput> speeds = await services.GetRequiredService<ThroughputMeter>().MeasureAsync(
            models.All, settings.Workload, view.Task("Timing parent, child and baselines in torch"), cancellationToken);
        OnnxRun? onnx = settings.TargetsOnnx ? await OnnxRun.RunAsync(settings, models, result.Child!.Folder, texts.HeldOut, view, cancellationToken) : null;
        ForeignEvaluation? foreign = texts.Foreign is null ? null : await Task.Run(
            () => ForeignEvaluation.Run(parent, models.Child, texts.Foreign, view.Task("Evaluating on text the parent did not write"), cancellationToken), cancellationToken);
        return RunReport.Create(settings, parent, result, speeds, onnx, foreign) with { Identity = IdentityOf(result, texts) };
    }

    // Everything that the report shows, as far as it is not measured for the report itself.
    private string IdentityOf(PuzzleResult result, RunTexts texts) => Fingerprint.Of(
    [
        settings.TargetText, settings.Workload.BatchSize, settings.Workload.PromptTokens, settings.Workload.GeneratedTokens, settings.Workload.WeightType,
        settings.Device, settings.Threads, settings.TargetsOnnx, settings.Precision, settings.TargetsOnnx && !Directory.Exists(OnnxRun.FolderIn(settings.WorkDirectory)),
        texts.HeldOut.Fingerprint, texts.Foreign?.Fingerprint, result.Costs.Engine, result.Parent.LanguageModelLoss,
        .. result.Baselines.Prepend(result.Child!).SelectMany(candidate => new object[]
        {
            candidate.Name, candidate.Architecture, candidate.Final.LanguageModelLoss, candidate.Final.KlDivergence,
            candidate.PredictedCost.PrefillMilliseconds, candidate.PredictedCost.DecodeMilliseconds, candidate.Result.Objective,
        }),
    ]);

    private torch.Device Device() => settings.Device switch
    {
        "cpu" => torch.CPU,
        "cuda" => torch.cuda.is_available() ? torch.CUDA : throw new NotSupportedException("--device cuda: this torch has no CUDA device. Build with -p:PuzzleTorch=cuda, or set PUZZLE_LIBTORCH to an installed CUDA torch's lib folder."),
        _ => throw new ArgumentException($"--device {settings.Device}: expected cpu or cuda."),
    };

    private PuzzleRequest Request(CausalLanguageModel parent, string fingerprint, RunTexts texts) => new()
    {
        Parent = parent,
        ParentFingerprint = fingerprint,
        TrainingText = texts.Training,
        ScoringText = texts.Scoring,
        HeldOutText = texts.HeldOut,
        SearchSpace = settings.PaperSpace
            ? SearchSpace.Paper(parent.Config)
            : SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear: false),
        Workload = settings.Workload,
        Target = settings.Target,
        WorkDirectory = settings.WorkDirectory,
    };

    private ServiceProvider Services(torch.Device device)
    {
        var services = new ServiceCollection();
        IPuzzleBuilder builder = services.AddPuzzle(options =>
                (options.UptrainBaselines, options.Objective, options.TwoStage, options.ConditionalRounds) =
                (settings.UptrainBaselines, settings.Objective, settings.TwoStage, settings.ConditionalRounds))
            .UseSearch()
            .UseDistillation()
            .UseReplaceOneBlockScorer(options =>
            {
                options.MaxWindows = settings.ScoringWindows;
                options.Metrics = [.. options.Metrics.Union(ScoreObjective.Parse(settings.Objective, ScoreMetric.All).Terms.Select(term => term.Metric.Name))];
            })
            .UseBlockwiseDistillation(options => options.Steps = settings.BlockwiseSteps)
            .UseGlobalDistillation(options => options.Steps = settings.GlobalSteps);
        if (settings.TargetsOnnx)
            builder.UseOnnxProfiler(options => options.Threads = settings.Threads);
        else
            builder.UseTorchProfiler(options => (options.Device, options.Threads) = (device.type, settings.Threads));
        services.AddSingleton(_ => new ThroughputMeter(new ProfilingOptions { Device = device.type, Threads = settings.Threads }));
        return services.BuildServiceProvider();
    }
}
