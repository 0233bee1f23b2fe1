using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>A library folder's own description, library.json.</summary>
/// <param name="SchemaVersion">The version of the folder's layout.</param>
/// <param name="ParentFingerprint">The parent it belongs to.</param>
/// <param name="Checksum">Of the other members.</param>
internal sealed record LibraryManifest(int SchemaVersion, string ParentFingerprint, string Checksum)
{
    public const string FileName = "library.json";

    private const int CurrentVersion = 1;
    private const int MaxBytes = 1 << 16;

    /// <summary>Writes the description of a new library.</summary>
    public static void Write(string path, string parentFingerprint)
    {
        var manifest = new LibraryManifest(CurrentVersion, parentFingerprint, ChecksumOf(parentFingerprint));
        AtomicFile.WriteText(path, JsonSerializer.Serialize(manifest, LibraryJson.Default.LibraryManifest) + "\n");
    }

    /// <summary>Reads the description of an existing library.</summary>
    /// <exception cref="CheckpointFormatException">It is damaged, or of a version this code does not know.</exception>
    public static LibraryManifest Read(string path)
    {
        LibraryManifest manifest = JsonReader.ReadFile(path, LibraryJson.Default.LibraryManifest, MaxBytes);
        if (manifest.SchemaVersion != CurrentVersion)
            throw new CheckpointFormatException(path, $"schema version {manifest.SchemaVersion} is not known; expected {CurrentVersion}");
        if (manifest.Checksum != ChecksumOf(manifest.ParentFingerprint))
            throw new CheckpointFormatException(path, "the file is damaged: its checksum does not match its content");
        return manifest;
    }

    private static string ChecksumOf(string parentFingerprint) => Fingerprint.Of(CurrentVersion, parentFingerprint);
}
