using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>What a variant's file says of itself in its metadata, beside the weights.</summary>
/// <param name="Parent">The fingerprint of the parent it was made for.</param>
/// <param name="Key">What it is.</param>
/// <param name="Recipe">The hash of everything its making depended on.</param>
/// <param name="WeightsDigest">The digest of its weights.</param>
/// <param name="Curve">Its training's losses.</param>
/// <param name="Start">What it started from, where there was a choice.</param>
internal sealed record VariantHeader(
    string Parent, SubblockKey Key, string Recipe, string WeightsDigest, IReadOnlyList<LossRecord> Curve, VariantStart? Start = null)
{
    private const string HeaderName = "puzzle.variant";
    private const string ChecksumName = "puzzle.checksum";

    /// <summary>Gets the variant described.</summary>
    public SubblockVariant ToVariant() => new(Key, Recipe, WeightsDigest);

    /// <summary>Gives the header as a file's metadata.</summary>
    public Dictionary<string, string> ToMetadata()
    {
        string json = JsonSerializer.Serialize(this, LibraryJson.Default.VariantHeader);
        return new Dictionary<string, string> { [HeaderName] = json, [ChecksumName] = Fingerprint.Of(json) };
    }

    /// <summary>Reads the header back, if it is there and undamaged.</summary>
    public static bool TryRead(IReadOnlyDictionary<string, string> metadata, [NotNullWhen(true)] out VariantHeader? header)
    {
        header = null;
        if (!metadata.TryGetValue(HeaderName, out string? json) || metadata.GetValueOrDefault(ChecksumName) != Fingerprint.Of(json))
            return false;
        try
        {
            header = JsonReader.Deserialize(Encoding.UTF8.GetBytes(json), LibraryJson.Default.VariantHeader, HeaderName);
            return header.Curve.All(record => record is not null);
        }
        catch (CheckpointFormatException)
        {
            return false;
        }
    }
}
