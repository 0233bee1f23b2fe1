using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Reporting;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>The finished models in ONNX Runtime: exported, timed side by side and, if quantized, evaluated so.</summary>
internal sealed record OnnxRun(IReadOnlyList<ModelThroughput> Speeds, QualityPair? Quantized)
{
    private const string ChildFolder = "child-onnx";

    /// <summary>Does it all; the child's export stays in the work folder.</summary>
    public static async Task<OnnxRun> RunAsync(
        CompressSettings settings, FinishedModels models, string childFolder, PackedTokenDataset heldOut, ProgressView view,
        CancellationToken cancellationToken)
    {
        var session = new OnnxSessionOptions { Threads = settings.Threads };
        var exported = new List<KeyValuePair<string, OnnxModel>>();
        try
        {
            foreach ((string name, CausalLanguageModel model) in models.All)
            {
                bool isChild = ReferenceEquals(model, models.Child);
                exported.Add(new(name, await Task.Run(
                    () => OnnxModel.Export(
                        model,
                        isChild ? FolderIn(settings.WorkDirectory) : null,
                        new OnnxExportOptions { Precision = settings.Precision, TokenizerFolder = isChild ? childFolder : null },
                        session,
                        cancellationToken),
                    cancellationToken)));
            }
            IReadOnlyList<ModelThroughput> speeds = await new OnnxThroughputMeter(new OnnxProfilingOptions { Threads = settings.Threads })
                .MeasureAsync(
                [.. exported.Select(model => KeyValuePair.Create(model.Key, model.Value.Generator))], settings.Workload,
                view.Task("Timing them in ONNX Runtime"), cancellationToken);
            return new OnnxRun(speeds, await QuantizedAsync(settings, models, heldOut, view, cancellationToken));
        }
        finally
        {
            exported.ForEach(model => model.Value.Dispose());
        }
    }

    private static async Task<QualityPair?> QuantizedAsync(
        CompressSettings settings, FinishedModels models, PackedTokenDataset heldOut, ProgressView view,
        CancellationToken cancellationToken)
    {
        if (settings.Precision == OnnxPrecision.Float32)
            return null;
        var export = new OnnxExportOptions { Precision = settings.Precision };
        IProgress<double> progress = view.Task("Evaluating quantized weights");
        return await Task.Run(
            () => QuantizedQuality.Evaluate(models.All[0].Value, models.Child, export, heldOut, progress, cancellationToken),
            cancellationToken);
    }

    /// <summary>Gives the folder of the child's export.</summary>
    public static string FolderIn(string workDirectory) => Path.Combine(workDirectory, ChildFolder);
}
