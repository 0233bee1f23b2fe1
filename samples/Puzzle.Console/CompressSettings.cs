using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Distillation.Blockwise;
using Puzzle.Measurement;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Serving;

namespace Puzzle.ConsoleApp;

/// <summary>What the user asked for.</summary>
internal sealed record CompressSettings
{
    /// <summary>The parent's folder; null for the embedded one.</summary>
    public string? Parent { get; init; }

    /// <summary>Text files; empty for the embedded text.</summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    /// <summary>A text file that parent and child are compared on as well.</summary>
    public string? HeldOut { get; init; }

    public required DeploymentTarget Target { get; init; }

    public required string TargetText { get; init; }

    /// <summary>The command that repeats the run.</summary>
    public string? Command { get; init; }

    public required Workload Workload { get; init; }

    public required string WorkDirectory { get; init; }

    public int SequenceLength { get; init; } = 256;

    public int BlockwiseSteps { get; init; }

    public int GlobalSteps { get; init; }

    /// <summary>The windows that the child is fitted on before global distillation; 0 for no fit.</summary>
    public Initialization Start { get; init; } = Initialization.ClosedForm;

    public int FitWindows { get; init; }

    public int ScoringWindows { get; init; }

    /// <summary>Uptrain the baselines like the child.</summary>
    public bool UptrainBaselines { get; init; }

    /// <summary>Ways to choose that the child is compared with, beside the default ones.</summary>
    public IReadOnlyList<SearchBaseline> Baselines { get; init; } = [];

    /// <summary>The score to sum over layers.</summary>
    public string Objective { get; init; } = "kl_div";

    /// <summary>Train the chosen subblocks again in pairs and search once more.</summary>
    public bool TwoStage { get; init; }

    /// <summary>How often to score again beside the chosen blocks.</summary>
    public int ConditionalRounds { get; init; }

    /// <summary>How many near-optimal architectures to try whole.</summary>
    public int Finalists { get; init; } = 1;

    /// <summary>Fuse FFNs that follow each other without attention between them.</summary>
    public bool FuseFfns { get; init; }

    /// <summary>Train FFNs of one layer that differ only in width in one run.</summary>
    public bool NestedWidths { get; init; }

    /// <summary>Use the paper's whole space instead of the quick one.</summary>
    public bool PaperSpace { get; init; }

    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>Threads of one operator while timing.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The child is to run in ONNX Runtime rather than in torch: costs are measured there.</summary>
    public bool TargetsOnnx { get; init; }

    /// <summary>How ONNX Runtime stores weights.</summary>
    public OnnxPrecision Precision { get; init; }

    /// <summary>The program that must load the child; null for any.</summary>
    public ServingEngine? Server { get; init; }

    /// <summary>Gives the search space for a parent.</summary>
    public SearchSpace SpaceFor(ModelConfig parent)
    {
        SearchSpace space = PaperSpace ? SearchSpace.Paper(parent) : CompressionRequest.DefaultSpace(parent);
        return Server is { } server ? ServableSpace.Restrict(parent, space, server) : space;
    }

    /// <summary>Sets the options that the settings stand for.</summary>
    public void Configure(IPuzzleBuilder builder)
    {
        builder.UseDevice(Device.ToString()).Options<PuzzleOptions>(options =>
            {
                (options.UptrainBaselines, options.Objective, options.TwoStage) = (UptrainBaselines, Objective, TwoStage);
                (options.ConditionalRounds, options.Finalists, options.FuseFfns) = (ConditionalRounds, Finalists, FuseFfns);
            })
            .UseReplaceOneBlockScorer(options =>
            {
                options.MaxWindows = ScoringWindows;
                options.Metrics = [.. options.Metrics.Union(
                    ScoreObjective.Parse(Objective, ScoreMetric.All).Terms.Select(term => term.Metric.Name))];
            })
            .UseBlockwiseDistillation(
                options => (options.Initialization, options.Steps, options.NestedWidths) = (Start, BlockwiseSteps, NestedWidths))
            .UseGlobalDistillation(options => (options.Steps, options.FitWindows) = (GlobalSteps, FitWindows));
        foreach (SearchBaseline baseline in Baselines)
            builder.AddBaseline(baseline);
        if (TargetsOnnx)
            builder.UseOnnxProfiler(options => options.Threads = Threads);
        else
            builder.UseTorchProfiler(options => options.Threads = Threads);
    }
}
