using System.Text.RegularExpressions;
using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>
/// A Hugging Face checkpoint folder: config.json and safetensors files. Opening checks that it holds exactly the weights its
/// config asks for, with their shapes; weights are read when asked for, from any thread.
/// </summary>
public sealed partial class CheckpointFolder : IDisposable
{
    private readonly IReadOnlyDictionary<string, SafetensorsReader> _stored;
    private readonly Dictionary<string, string> _storedNames = new(StringComparer.Ordinal);

    private CheckpointFolder(string path, ModelConfig config, IReadOnlyDictionary<string, SafetensorsReader> stored) =>
        (Path, Config, _stored) = (path, config, stored);

    /// <summary>Gets the folder.</summary>
    public string Path { get; }

    /// <summary>Gets the model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Gets the element type of the embedding, which stands for the checkpoint's.</summary>
    public ScalarType Type => Find(WeightNames.Embedding).Info.Type;

    /// <summary>Opens a folder and checks it whole, except for the weights' values.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointFormatException">
    /// A file is absent, malformed or asks for something unsupported; a weight is absent, of another shape or not a
    /// floating-point number; or there is one the config does not ask for (rotary frequency buffers of old files aside).
    /// </exception>
    public static CheckpointFolder Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ModelConfig config = GenerationIds.AddTo(HuggingFaceConfig.Read(System.IO.Path.Combine(folder, HuggingFaceConfig.FileName)), folder);
        var checkpoint = new CheckpointFolder(folder, config, WeightFiles.Open(folder));
        try
        {
            checkpoint.ResolveNames();
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Reads a weight, with the element type it is stored in.</summary>
    /// <param name="name">One of <see cref="WeightNames.Model"/>; where the head is tied, its name reads the embedding.</param>
    /// <param name="device">Where to put it; the CPU by default.</param>
    /// <returns>A new tensor, owned by the caller.</returns>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    /// <exception cref="CheckpointFormatException">The weight holds an infinity or NaN, or the file has become shorter.</exception>
    public Tensor Read(string name, Device? device = null)
    {
        (SafetensorsReader reader, string stored, _) = Find(name);
        return reader.Read(stored, device);
    }

    /// <summary>Reads a weight, converted to another element type a piece at a time.</summary>
    internal Tensor ReadAs(string name, ScalarType type, Device device)
    {
        (SafetensorsReader reader, string stored, _) = Find(name);
        return reader.ReadAs(stored, type, device);
    }

    /// <summary>Reads rows of a matrix, in the order given, with the element type it is stored in.</summary>
    internal Tensor ReadRows(string name, ReadOnlySpan<long> rows)
    {
        (SafetensorsReader reader, string stored, _) = Find(name);
        return reader.ReadRows(stored, rows);
    }

    /// <summary>Reads a weight into an existing tensor of exactly its shape, converting the element type.</summary>
    /// <param name="name">As for <see cref="Read"/>.</param>
    /// <param name="destination">Receives the values; on any device, of any layout.</param>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    /// <exception cref="CheckpointFormatException">The shape differs, the weight holds an infinity or NaN, or the file has become shorter.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        (SafetensorsReader reader, string stored, _) = Find(name);
        reader.ReadInto(stored, destination, convert: true);
    }

    /// <summary>
    /// Computes the checkpoint's identity: a SHA-256 over its config and all weights. It does not depend on how the weights are
    /// spread over files or how the config is spelled. Reads every byte.
    /// </summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public string ComputeFingerprint(CancellationToken cancellationToken = default) =>
        CheckpointFingerprint.Compute(Config, WeightNames.Model(Config).Select(weight => Locate(weight.Name)), cancellationToken);

    /// <summary>Closes the files. Tensors that were read stay valid.</summary>
    public void Dispose()
    {
        foreach (SafetensorsReader reader in _stored.Values.Distinct())
            reader.Dispose();
    }

    private (SafetensorsReader Reader, string StoredName, TensorInfo Info) Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_storedNames.TryGetValue(name, out string? stored))
            throw new ArgumentException($"The model in {Path} has no weight '{name}'.", nameof(name));
        SafetensorsReader reader = _stored[stored];
        return (reader, stored, reader.Tensors[stored]);
    }

    private (string Name, SafetensorsReader Reader, TensorInfo Info) Locate(string name)
    {
        (SafetensorsReader reader, _, TensorInfo info) = Find(name);
        return (name, reader, info);
    }

    private void ResolveNames()
    {
        var extra = _stored.Keys.Where(name => !RotaryBuffer().IsMatch(name)).ToHashSet(StringComparer.Ordinal);
        foreach (WeightShape weight in WeightNames.Model(Config))
        {
            string stored = weight.Name;
            // A tied matrix may be stored under either name.
            if (Config.TieWordEmbeddings && stored == WeightNames.Embedding && !_stored.ContainsKey(stored))
                stored = WeightNames.Head;
            if (!_stored.TryGetValue(stored, out SafetensorsReader? reader))
                throw new CheckpointFormatException(WeightFiles.MainFile(Path), $"there is no tensor {weight}, which the config asks for");
            Check(reader, stored, weight);
            _storedNames.Add(weight.Name, stored);
            extra.Remove(stored);
        }
        if (Config.TieWordEmbeddings)
        {
            if (extra.Remove(WeightNames.Head))
                RequireEqualHead();
            _storedNames.Add(WeightNames.Head, _storedNames[WeightNames.Embedding]);
        }
        if (extra.Min(StringComparer.Ordinal) is { } stray)
            throw new CheckpointFormatException(_stored[stray].Path, $"the config asks for no tensor '{stray}'");
    }

    private static void Check(SafetensorsReader reader, string stored, WeightShape weight)
    {
        TensorInfo info = reader.Tensors[stored];
        if (!info.Shape.SequenceEqual(weight.Shape))
            throw new CheckpointFormatException(reader.Path, $"tensor '{stored}' has shape [{string.Join(", ", info.Shape)}]; the config asks for [{string.Join(", ", weight.Shape)}]");
        if (!TensorTypes.IsFloatingPoint(info.Type))
            throw new CheckpointFormatException(reader.Path, $"tensor '{stored}' has type {info.Type}; weights are floating-point numbers");
    }

    /// <summary>A tied model may store its head as well, but then as the same bytes: else which one counts would be a guess.</summary>
    private void RequireEqualHead()
    {
        (SafetensorsReader reader, _, TensorInfo embedding) = Find(WeightNames.Embedding);
        SafetensorsReader headReader = _stored[WeightNames.Head];
        TensorInfo head = headReader.Tensors[WeightNames.Head];
        if (head.Type != embedding.Type || !head.Shape.SequenceEqual(embedding.Shape) || !SameBytes(reader, embedding, headReader, head))
            throw new CheckpointFormatException(headReader.Path, $"tensor '{WeightNames.Head}' differs from '{WeightNames.Embedding}', to which the config ties it");
    }

    private static bool SameBytes(SafetensorsReader reader, TensorInfo tensor, SafetensorsReader otherReader, TensorInfo other)
    {
        byte[] buffer = new byte[1 << 20];
        byte[] otherBuffer = new byte[buffer.Length];
        for (long start = 0; start < tensor.Length; start += buffer.Length)
        {
            int length = (int)Math.Min(buffer.Length, tensor.Length - start);
            reader.ReadBytes(tensor, start, buffer.AsSpan(0, length));
            otherReader.ReadBytes(other, start, otherBuffer.AsSpan(0, length));
            if (!buffer.AsSpan(0, length).SequenceEqual(otherBuffer.AsSpan(0, length)))
                return false;
        }
        return true;
    }

    [GeneratedRegex(@"^model\.(layers\.\d+\.self_attn\.)?rotary_emb\.(original_)?inv_freq\z")]
    private static partial Regex RotaryBuffer();
}
