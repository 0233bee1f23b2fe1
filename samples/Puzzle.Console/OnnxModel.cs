using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.ConsoleApp;

/// <summary>A model loaded in ONNX Runtime: from a folder exported before, or from a checkpoint by exporting it to a folder that goes when
/// this does.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly ScratchFolder? _temporary;

    private OnnxModel(OnnxTextGenerator generator, ScratchFolder? temporary) => (Generator, _temporary) = (generator, temporary);

    public OnnxTextGenerator Generator { get; }

    /// <summary>Loads a folder of either kind.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="precision">How weights are exported; a folder exported before keeps its own.</param>
    /// <param name="session">Device and threads.</param>
    /// <param name="cancellationToken">Stops the export.</param>
    public static OnnxModel Load(
        string folder, OnnxPrecision precision, OnnxSessionOptions session, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(folder, OnnxExporter.ModelFile)))
            return new OnnxModel(OnnxTextGenerator.Load(folder, session, cancellationToken), null);
        using CausalLanguageModel model = CausalLanguageModel.Load(folder, cancellationToken: cancellationToken);
        return Export(model, null, new OnnxExportOptions { Precision = precision }, session, cancellationToken);
    }

    /// <summary>Exports and loads a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Where the export stays; null for a temporary folder.</param>
    /// <param name="export">Precision and operators.</param>
    /// <param name="session">Threads.</param>
    /// <param name="cancellationToken">Stops the export.</param>
    public static OnnxModel Export(CausalLanguageModel model, string? folder, OnnxExportOptions export, OnnxSessionOptions? session,
        CancellationToken cancellationToken)
    {
        ScratchFolder? temporary = folder is null ? new ScratchFolder("onnx") : null;
        try
        {
            string target = folder ?? Path.Combine(temporary!.Path, "model");
            OnnxExporter.Export(model, target, export, cancellationToken: cancellationToken);
            return new OnnxModel(OnnxTextGenerator.Load(target, session, cancellationToken), temporary);
        }
        catch
        {
            temporary?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Generator.Dispose();
        _temporary?.Dispose();
    }
}
