using System.Text.RegularExpressions;
using Puzzle.Architectures;
using Puzzle.Checkpoints.Families;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>Finds every weight of a model in a checkpoint's files, and checks that nothing is missing, misshapen or left over.</summary>
internal sealed partial class WeightLocator
{
    private readonly string _folder;
    private readonly ModelConfig _config;
    private readonly ModelFamily _family;
    private readonly Dictionary<string, (SafetensorsReader Reader, string Name)> _stored = new(StringComparer.Ordinal);
    private readonly HashSet<string> _left;
    private readonly Dictionary<string, WeightPlace> _places = new(StringComparer.Ordinal);

    private WeightLocator(string folder, ModelConfig config, IReadOnlyDictionary<string, SafetensorsReader> stored)
    {
        (_folder, _config, _family) = (folder, config, FamilyTable.Of(config.Family));
        foreach ((string name, SafetensorsReader reader) in stored)
        {
            if (RotaryBuffer().IsMatch(name) || Meaning(name) is not { } meaning)
                continue;
            if (!_stored.TryAdd(meaning, (reader, name)))
                throw new CheckpointFormatException(reader.Path, $"tensor '{name}' is stored twice, under different names");
        }
        _left = _stored.Keys.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Finds the weights of <see cref="WeightNames.Model"/>, by name; where the head is tied, its name gives the embedding's
    /// place.</summary>
    /// <exception cref="CheckpointFormatException">A weight is absent, of another shape or type; or a tensor is stored that the config does
    /// not ask for.</exception>
    public static IReadOnlyDictionary<string, WeightPlace> Find(
        string folder, ModelConfig config, IReadOnlyDictionary<string, SafetensorsReader> stored)
    {
        var places = new WeightLocator(folder, config, stored);
        places.FindAll();
        return places._places;
    }

    private void FindAll()
    {
        FindEmbedding();
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            string prefix = WeightNames.LayerPrefix(layer);
            foreach (StoredWeight weight
                in FamilyWeights.Locate(
                    _family, WeightNames.Block(_config, _config.Architecture[layer]), name => _stored.ContainsKey(prefix + name)))
                Place(prefix, weight);
        }
        Place("", Whole(WeightNames.FinalNorm, _config.HiddenSize));
        if (!_config.TieWordEmbeddings)
            Place("", Whole(WeightNames.Head, _config.VocabularySize, _config.HiddenSize));
        else
            TieHead();
        if (_left.Min(StringComparer.Ordinal) is { } stray)
            throw new CheckpointFormatException(_stored[stray].Reader.Path, $"the config asks for no tensor '{_stored[stray].Name}'");
    }

    // A tied matrix may be stored under either name.
    private void FindEmbedding()
    {
        StoredWeight embedding = Whole(WeightNames.Embedding, _config.VocabularySize, _config.HiddenSize);
        bool underHead = _config.TieWordEmbeddings && !_stored.ContainsKey(WeightNames.Embedding) && _stored.ContainsKey(WeightNames.Head);
        Place("", underHead ? embedding with
        {
            Parts = [new StoredPart(new WeightShape(WeightNames.Head, [.. embedding.Weight.Shape]))],
        } : embedding);
    }

    /// <summary>A tied model may store its head as well, but then as the same bytes: else which one counts would be a guess.</summary>
    private void TieHead()
    {
        WeightPlace embedding = _places[WeightNames.Embedding];
        _places.Add(WeightNames.Head, embedding);
        if (!_left.Remove(WeightNames.Head))
            return;
        (SafetensorsReader reader, string name) = _stored[WeightNames.Head];
        TensorInfo head = reader.Tensors[name];
        (SafetensorsReader otherReader, _, TensorInfo other) = embedding.Parts[0];
        if (head.Type != other.Type || !head.Shape.SequenceEqual(other.Shape) || !SameBytes(otherReader, other, reader, head))
            throw new CheckpointFormatException(
                reader.Path, $"tensor '{WeightNames.Head}' differs from '{WeightNames.Embedding}', to which the config ties it");
    }

    private void Place(string prefix, StoredWeight weight)
    {
        WeightPlace.Part[] parts = [.. weight.Parts.Select(part => Part(prefix, part))];
        if (weight.Join is null && parts.FirstOrDefault(part => part.Info.Type != parts[0].Info.Type) is { } other)
            throw new CheckpointFormatException(
                other.Reader.Path,
                $"tensor '{other.Name}' has type {other.Info.Type}; '{parts[0].Name}', part of the same weight, has {parts[0].Info.Type}");
        string name = prefix + weight.Weight.Name;
        _places.Add(name, new WeightPlace(new WeightShape(name, [.. weight.Weight.Shape]), parts, weight.Join));
    }

    private WeightPlace.Part Part(string prefix, StoredPart part)
    {
        string meaning = prefix + part.Tensor.Name;
        if (!_stored.TryGetValue(meaning, out (SafetensorsReader Reader, string Name) stored))
            throw new CheckpointFormatException(
                WeightFiles.MainFile(_folder),
                $"there is no tensor {new WeightShape(meaning, [.. part.Tensor.Shape])}, which the config asks for");
        _left.Remove(meaning);
        TensorInfo info = stored.Reader.Tensors[stored.Name];
        if (!info.Shape.SequenceEqual(part.Tensor.Shape))
            throw new CheckpointFormatException(stored.Reader.Path, $"tensor '{stored.Name}' has shape "
                + $"[{string.Join(", ", info.Shape)}]; the config asks for [{string.Join(", ", part.Tensor.Shape)}]");
        if (part.IsPacked ? info.Type != TorchSharp.torch.ScalarType.Byte : !TensorTypes.IsFloatingPoint(info.Type))
            throw new CheckpointFormatException(stored.Reader.Path, $"tensor '{stored.Name}' has type {info.Type}; weights are "
                + $"floating-point numbers{(part.IsPacked ? " or, packed as here, bytes" : "")}");
        return new WeightPlace.Part(stored.Reader, stored.Name, part.Rows is { } rows ? info.Rows(part.FirstRow, rows) : info);
    }

    // What a stored name stands for; null if it belongs to another part than the decoder.
    private string? Meaning(string name)
    {
        foreach ((string prefix, string? meaning) in _family.Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                return meaning is null ? null : meaning + name[prefix.Length..];
        }
        return name;
    }

    private static StoredWeight Whole(string name, params long[] shape)
    {
        var weight = new WeightShape(name, shape);
        return new StoredWeight(weight, [new StoredPart(weight)]);
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
