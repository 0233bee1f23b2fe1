using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Puzzle.Distillation;
using Puzzle.Foundation;
using Puzzle.Fusion;
using Puzzle.Measurement;

namespace Puzzle.Reporting;

/// <summary>What a run found, for machines: <c>report.json</c>, whose schema is <c>report.schema.json</c>.</summary>
public sealed record RunReport
{
    /// <summary>The name of the file for machines.</summary>
    public const string JsonFileName = "report.json";

    /// <summary>The name of the page for readers.</summary>
    public const string HtmlFileName = "report.html";

    /// <summary>The parent's name among measured models.</summary>
    public const string ParentName = "parent";

    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Gets the version of this layout: 2.</summary>
    public int SchemaVersion { get; init; } = 2;

    /// <summary>Gets when the run ended.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Gets the command that repeats the run.</summary>
    public string? Command { get; init; }

    /// <summary>Gets the target in words.</summary>
    public required string Target { get; init; }

    /// <summary>Gets the workload.</summary>
    public required Workload Workload { get; init; }

    /// <summary>Gets what measured the costs.</summary>
    public required string Engine { get; init; }

    /// <summary>Gets the child's speed-up; null without a child.</summary>
    public double? SpeedupMeasured { get; init; }

    /// <summary>Gets the share of the parent's top-1 accuracy that the child keeps on held-out text.</summary>
    public double? Top1AccuracyKept { get; init; }

    /// <summary>Gets the same on foreign text.</summary>
    public double? Top1AccuracyKeptForeign { get; init; }

    /// <summary>Gets the summed score of the child's architecture.</summary>
    public double? SummedScore { get; init; }

    /// <summary>Gets the solver's bound; null where scores were measured again beside the chosen blocks: none is known then.</summary>
    public double? ScoreBound { get; init; }

    /// <summary>Gets the solver.</summary>
    public required string Solver { get; init; }

    /// <summary>Gets how the search ended.</summary>
    public required string Status { get; init; }

    /// <summary>Gets why there is no child; null if there is one.</summary>
    public string? Infeasibility { get; init; }

    /// <summary>Gets what the architectures of the searches promised and how they measured, the child's last.</summary>
    public IReadOnlyList<SpeedupPair> SpeedChecks { get; init; } = [];

    /// <summary>Gets the near-optimal architectures that were tried whole; empty if none were.</summary>
    public IReadOnlyList<FinalistReport> Finalists { get; init; } = [];

    /// <summary>Gets the parent.</summary>
    public required ModelReport Parent { get; init; }

    /// <summary>Gets the child; null if the target cannot be met.</summary>
    public ModelReport? Child { get; init; }

    /// <summary>Gets the baselines by name.</summary>
    public IReadOnlyDictionary<string, ModelReport> Baselines { get; init; } = new Dictionary<string, ModelReport>();

    /// <summary>Gets quality on foreign text.</summary>
    public QualityPair? Foreign { get; init; }

    /// <summary>Gets quality with quantized weights.</summary>
    public QualityPair? Quantized { get; init; }

    /// <summary>Gets the child layer by layer.</summary>
    public IReadOnlyList<LayerReport> Layers { get; init; } = [];

    /// <summary>Gets the frontier.</summary>
    public FrontierReport? Frontier { get; init; }

    /// <summary>Gets every score.</summary>
    public ScoreMap? Scores { get; init; }

    /// <summary>Gets where time and memory go.</summary>
    public IReadOnlyList<CostPart> Costs { get; init; } = [];

    /// <summary>Gets the losses of the chosen variants' blockwise distillation.</summary>
    public IReadOnlyList<LossCurve> BlockwiseCurves { get; init; } = [];

    /// <summary>Gets the losses of the child's global distillation.</summary>
    public LossCurve? GlobalCurve { get; init; }

    /// <summary>Gets what a fit in sequence did to the child before its global distillation; null if there was none.</summary>
    public SequentialFit? Fit { get; init; }

    /// <summary>Gets which FFNs of the child were fused, and what was measured for that; null if none were to be.</summary>
    public FusedFfns? Fusion { get; init; }

    /// <summary>Gets texts by parent and child.</summary>
    public IReadOnlyList<SampleText> Samples { get; init; } = [];

    /// <summary>Gets the versions of what ran.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the seeds.</summary>
    public IReadOnlyDictionary<string, string> Seeds { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the fingerprints of parent and text.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads a report.</summary>
    /// <param name="path">The file, or the folder that holds it.</param>
    /// <exception cref="CheckpointFormatException">The file is missing, damaged or no report of this version.</exception>
    public static RunReport Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string file = File.Exists(path) ? path : Path.Combine(path, JsonFileName);
        FolderDigests.Check(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileName(file));
        RunReport report = JsonReader.ReadFile(file, (JsonTypeInfo<RunReport>)Json.GetTypeInfo(typeof(RunReport)));
        return report.SchemaVersion == 2 ? report : throw new CheckpointFormatException(file, "not a report of schema version 2");
    }

    /// <summary>Writes <c>report.json</c> and <c>report.html</c> into a folder, so that a reader never sees half of either.</summary>
    /// <remarks>The page is for people: nothing reads it again, and <see cref="Read"/> checks the digest of <c>report.json</c>
    /// alone.</remarks>
    /// <param name="folder">The folder, usually a run's work folder.</param>
    public void Save(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Directory.CreateDirectory(folder);
        Write(Path.Combine(folder, JsonFileName), JsonSerializer.Serialize(this, Json));
        Write(Path.Combine(folder, HtmlFileName), Html.HtmlReport.Render(this));
    }

    private static void Write(string path, string text) =>
        FolderDigests.Replace(path, isKnown: true, () => AtomicFile.WriteText(path, text));
}
