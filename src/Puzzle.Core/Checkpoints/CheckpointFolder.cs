using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>
/// A Hugging Face checkpoint folder: config.json and safetensors files. Opening checks that it holds exactly the weights its
/// config asks for, with their shapes; weights are read when asked for, from any thread.
/// </summary>
public sealed class CheckpointFolder : IDisposable
{
    private readonly IReadOnlyDictionary<string, SafetensorsReader> _stored;
    private readonly IReadOnlyDictionary<string, WeightPlace> _places;

    private CheckpointFolder(string path, ModelConfig config, IReadOnlyDictionary<string, SafetensorsReader> stored) =>
        (Path, Config, _stored, _places) = (path, config, stored, WeightLocator.Find(path, config, stored));

    /// <summary>Gets the folder.</summary>
    public string Path { get; }

    /// <summary>Gets the model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Gets the element type of the embedding, which stands for the checkpoint's.</summary>
    public ScalarType Type => Find(WeightNames.Embedding).Type;

    /// <summary>Reads a model's shape alone, without its weights.</summary>
    /// <param name="path">The folder, or its <c>config.json</c> itself.</param>
    /// <exception cref="CheckpointFormatException">The config is absent, malformed or asks for something unsupported.</exception>
    public static ModelConfig ReadConfig(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            return HuggingFaceConfig.Read(path);
        FolderDigests.Check(path, HuggingFaceConfig.FileName);
        return HuggingFaceConfig.Read(System.IO.Path.Combine(path, HuggingFaceConfig.FileName));
    }

    /// <summary>Opens a folder and checks it whole, except for the weights' values.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointFormatException">
    /// A file is absent, malformed or asks for something unsupported; a weight is absent, of another shape or not a
    /// floating-point number; or there is one the config does not ask for (rotary frequency buffers of old files aside). Or a file is not
    /// as this library wrote it; weights are checked when one of their file is first read.
    /// </exception>
    public static CheckpointFolder Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        FolderDigests.Check(folder, HuggingFaceConfig.FileName, GenerationIds.FileName, WeightFiles.Index);
        ModelConfig config = GenerationIds.AddTo(
            HuggingFaceConfig.Read(System.IO.Path.Combine(folder, HuggingFaceConfig.FileName)), folder);
        IReadOnlyDictionary<string, SafetensorsReader> stored = WeightFiles.Open(folder);
        try
        {
            return new CheckpointFolder(folder, config, stored);
        }
        catch
        {
            Close(stored);
            throw;
        }
    }

    /// <summary>Reads a weight, with the element type it is stored in.</summary>
    /// <param name="name">One of <see cref="WeightNames.Model"/>; where the head is tied, its name reads the embedding.</param>
    /// <param name="device">Where to put it; the CPU by default.</param>
    /// <param name="cancellationToken">Stops within the weight.</param>
    /// <returns>A new tensor, owned by the caller.</returns>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    /// <exception cref="CheckpointFormatException">The weight holds an infinity or NaN, or the file has become shorter.</exception>
    public Tensor Read(string name, Device? device = null, CancellationToken cancellationToken = default)
    {
        WeightPlace place = Find(name);
        return place.Read(place.Type, device ?? CPU, cancellationToken);
    }

    /// <summary>Reads a weight, converted to another element type a piece at a time.</summary>
    internal Tensor ReadAs(string name, ScalarType type, Device device, CancellationToken cancellationToken = default) =>
        Find(name).Read(type, device, cancellationToken);

    /// <summary>Reads rows of the embedding, in the order given, with the element type it is stored in.</summary>
    internal Tensor ReadEmbeddings(ReadOnlySpan<long> ids)
    {
        WeightPlace.Part whole = Find(WeightNames.Embedding).Parts[0];
        return whole.Reader.ReadRows(whole.Name, ids);
    }

    /// <summary>Reads a weight into an existing tensor of exactly its shape, converting the element type.</summary>
    /// <param name="name">As for <see cref="Read"/>.</param>
    /// <param name="destination">Receives the values; on any device, of any layout.</param>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    /// <exception cref="CheckpointFormatException">The shape differs, the weight holds an infinity or NaN, or the file has become
    /// shorter.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        WeightPlace place = Find(name);
        if (place is { Join: null, Parts: [var part] }
            && part.Info.Shape.SequenceEqual(part.Reader.Tensors[part.Name].Shape)
            && place.Weight.Shape.SequenceEqual(part.Info.Shape))
        {
            part.Reader.ReadInto(part.Name, destination, convert: true);
            return;
        }
        if (!destination.shape.AsSpan().SequenceEqual([.. place.Weight.Shape]))
            throw new CheckpointFormatException(
                place.Parts[0].Reader.Path,
                $"weight '{name}' has shape [{string.Join(", ", place.Weight.Shape)}]; expected [{string.Join(", ", destination.shape)}]");
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        destination.copy_(place.Read(destination.dtype, CPU));
    }

    /// <summary>
    /// Computes the checkpoint's identity: a SHA-256 over its config and all weights. It does not depend on how the weights are
    /// spread over files or how the config is spelled. Reads every byte.
    /// </summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public string ComputeFingerprint(CancellationToken cancellationToken = default) =>
        CheckpointFingerprint.Compute(Config, WeightNames.Model(Config).Select(weight => Find(weight.Name)), cancellationToken);

    /// <summary>Closes the files. Tensors that were read stay valid.</summary>
    public void Dispose() => Close(_stored);

    private static void Close(IReadOnlyDictionary<string, SafetensorsReader> stored)
    {
        foreach (SafetensorsReader reader in stored.Values.Distinct())
            reader.Dispose();
    }

    private WeightPlace Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _places.TryGetValue(name, out WeightPlace? place)
            ? place
            : throw new ArgumentException($"The model in {Path} has no weight '{name}'.", nameof(name));
    }
}
