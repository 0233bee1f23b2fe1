using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Library;

/// <summary>
/// One variant's file and what is known of it: whether its header is good, and whether its weights have been checked
/// against their digest since it was opened or written. Safe for concurrent use.
/// </summary>
internal sealed class VariantFile(string path, string parent)
{
    private readonly Lock _gate = new();
    private volatile SubblockVariant? _variant;
    private bool _verified;

    /// <summary>Gets what the file holds, its weights not necessarily checked; null if it is absent or was found damaged.</summary>
    public SubblockVariant? Variant => _variant;

    /// <summary>Reads an existing file's header; a damaged one counts as absent, and so does one of another parent.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _verified = false;
            try
            {
                using var reader = new SafetensorsReader(path);
                _variant = ReadHeader(reader).ToVariant();
            }
            catch (CheckpointFormatException)
            {
                _variant = null;
            }
        }
    }

    /// <summary>Gives the variant if it is the one asked for and its weights match their digest.</summary>
    public SubblockVariant? Find(SubblockKey key, string recipe)
    {
        lock (_gate)
        {
            if (_variant is not { } variant || variant.Key != key || variant.Recipe != recipe)
                return null;
            if (!_verified)
            {
                try
                {
                    using var scope = NewDisposeScope();
                    Load(variant);
                }
                catch (CheckpointFormatException)
                {
                    return null;
                }
            }
            return variant;
        }
    }

    /// <summary>Creates or replaces the file.</summary>
    /// <exception cref="IOException">The disk is full, or refuses for another reason; an existing file stays as it was.</exception>
    public void Write(
        SubblockVariant variant, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve, VariantStart? start)
    {
        var header = new VariantHeader(parent, variant.Key, variant.Recipe, variant.WeightsDigest, curve, start);
        lock (_gate)
        {
            if (_variant is { } other && (other.Key != variant.Key || other.Recipe != variant.Recipe))
                throw new InvalidOperationException($"{path} already holds {other.Key} of recipe {other.Recipe}; it cannot hold " +
                    $"{variant.Key} of recipe {variant.Recipe} too.");
            try
            {
                SafetensorsWriter.Write(path, weights, header.ToMetadata());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"{path}: {variant.Key} could not be stored: {exception.Message}", exception);
            }
            _variant = variant;
            _verified = false;
        }
    }

    /// <summary>Reads the weights, into the caller's scope.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged or holds another variant.</exception>
    public IReadOnlyDictionary<string, Tensor> Read(SubblockVariant variant)
    {
        lock (_gate)
        {
            using var scope = NewDisposeScope();
            Dictionary<string, Tensor> weights = Load(variant);
            foreach (Tensor weight in weights.Values)
                weight.MoveToOuterDisposeScope();
            return weights;
        }
    }

    /// <summary>Reads the losses of the variant's training.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged or holds another variant.</exception>
    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant) => ReadHeader(variant).Curve;

    /// <summary>Reads what the variant started from.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged or holds another variant.</exception>
    public VariantStart? ReadStart(SubblockVariant variant) => ReadHeader(variant).Start;

    private VariantHeader ReadHeader(SubblockVariant variant)
    {
        lock (_gate)
        {
            using var reader = new SafetensorsReader(path);
            return ReadHeader(reader, variant);
        }
    }

    /// <summary>Loads the weights into the current scope, and checks them unless that was done. A damaged file counts as absent from then
    /// on.</summary>
    private Dictionary<string, Tensor> Load(SubblockVariant variant)
    {
        try
        {
            using var noGradients = no_grad();
            using var reader = new SafetensorsReader(path) { EnsureFinite = true };
            ReadHeader(reader, variant);
            var weights = reader.Tensors.Keys.ToDictionary(name => name, name => reader.Read(name), StringComparer.Ordinal);
            if (!_verified && WeightsDigest.Of(weights) is var found && found != variant.WeightsDigest)
                throw new CheckpointFormatException(
                    path, $"the weights are damaged: their digest is {found}; expected {variant.WeightsDigest}");
            _verified = true;
            return weights;
        }
        catch (CheckpointFormatException) when (_variant == variant)
        {
            _variant = null;
            throw;
        }
    }

    private VariantHeader ReadHeader(SafetensorsReader reader, SubblockVariant? expected = null)
    {
        if (!VariantHeader.TryRead(reader.Metadata, out VariantHeader? header))
            throw new CheckpointFormatException(path, "the file does not say which variant it is, or its description is damaged");
        if (header.Parent != parent)
            throw new CheckpointFormatException(path, $"the variant was made for the parent {header.Parent}; expected {parent}");
        if (expected is null && NameOf(header) != Path.GetFileName(path))
            throw new CheckpointFormatException(path, $"the file holds {header.Key} of recipe {header.Recipe}, which its name denies");
        if (expected is not null && header.ToVariant() != expected)
            throw new CheckpointFormatException(path, $"the file holds {header.Key} of recipe {header.Recipe} with weights " +
                $"{header.WeightsDigest}; expected {expected.Key} of recipe {expected.Recipe} with weights {expected.WeightsDigest}");
        return header;
    }

    private static string? NameOf(VariantHeader header)
    {
        try
        {
            return VariantName.Of(header.Key, header.Recipe);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
