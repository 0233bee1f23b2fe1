using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Tests;

/// <summary>A model exported to a temporary folder.</summary>
internal sealed class ExportedModel : IDisposable
{
    public ExportedModel(CausalLanguageModel model, OnnxExportOptions? options = null)
    {
        OnnxExporter.Export(model, Folder, options);
        // As if it were made elsewhere: nothing is known of its files.
        System.IO.File.Delete(File("puzzle-digests.json"));
    }

    public string Folder { get; } = Path.Combine(Directory.CreateTempSubdirectory("puzzle-").FullName, "child");

    public string File(string name) => Path.Combine(Folder, name);

    public OnnxTextGenerator Load(OnnxDevice device = OnnxDevice.Cpu) =>
        OnnxTextGenerator.Load(Folder, new OnnxSessionOptions { Threads = 1, Device = device });

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
}
