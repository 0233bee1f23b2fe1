using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>Models exported to a temporary folder and loaded from there.</summary>
internal sealed class ExportedModels(int threads) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-benchmark-").FullName;
    private readonly List<KeyValuePair<string, OnnxTextGenerator>> _loaded = [];

    public IReadOnlyList<KeyValuePair<string, OnnxTextGenerator>> Loaded => _loaded;

    public void Add(string name, CausalLanguageModel model, OnnxExportOptions options)
    {
        string folder = Path.Combine(_folder, _loaded.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        OnnxExporter.Export(model, folder, options);
        _loaded.Add(new(name, OnnxTextGenerator.Load(folder, new OnnxSessionOptions { Threads = threads })));
    }

    /// <summary>Gives the bytes of weights that a decode step of a model reads.</summary>
    public long Bytes(int index) => _loaded[index].Value.Decoder.WeightBytes;

    public void Dispose()
    {
        foreach ((_, OnnxTextGenerator model) in _loaded)
            model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
