using System.Security.Cryptography;

namespace Puzzle.Foundation;

/// <summary>
/// The SHA-256 of every file of a folder that we wrote, in a file beside them: damage is refused with the file's name when it is read.
/// A folder made elsewhere has no such file, and nothing is checked.
/// </summary>
/// <param name="Identity">What the folder holds, where its writer said so.</param>
/// <param name="Files">File names and digests in lower-case hexadecimal.</param>
internal sealed record FolderDigests(string? Identity, SortedDictionary<string, string> Files)
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "puzzle-digests.json";

    // Milliseconds of hashing between two looks at the token.
    private const int ChunkBytes = 1 << 20;

    /// <summary>Computes the digests of all files of a folder.</summary>
    public static FolderDigests Of(string folder, string? identity = null, CancellationToken cancellationToken = default)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(folder))
            files.Add(Path.GetFileName(file), DigestOf(file, cancellationToken));
        files.Remove(FileName);
        return new FolderDigests(identity, files);
    }

    /// <summary>Reads a folder's digests.</summary>
    /// <returns>Null if there are none.</returns>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static FolderDigests? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (TryRead(folder) is { } digests)
            return digests;
        return File.Exists(path)
            ? throw new CheckpointFormatException(path, "the file is damaged; delete it if you trust the files beside it")
            : null;
    }

    /// <summary>Reads a folder's digests; null if there are none or they are damaged.</summary>
    public static FolderDigests? TryRead(string folder) => SealedJson.Find(Path.Combine(folder, FileName), FileJson.Default.FolderDigests);

    /// <summary>Adds what was known of a folder's other files, those that are still there.</summary>
    public FolderDigests With(FolderDigests? others, string folder)
    {
        var files = new SortedDictionary<string, string>(Files, StringComparer.Ordinal);
        foreach ((string name, string digest) in others?.Files.Where(file => File.Exists(Path.Combine(folder, file.Key))) ?? [])
            files.TryAdd(name, digest);
        return this with { Files = files };
    }

    /// <summary>Checks files of a folder, as far as their digests are known.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="names">The files that are about to be read; those that are absent are passed over.</param>
    /// <exception cref="CheckpointFormatException">A file is not as it was written.</exception>
    public static void Check(string folder, params IEnumerable<string> names)
    {
        if (Read(folder) is not { } digests)
            return;
        foreach (string path in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            digests.CheckFile(path);
    }

    /// <summary>Checks a file, if its digest is known.</summary>
    /// <exception cref="CheckpointFormatException">It is not as it was written.</exception>
    public void CheckFile(string path, CancellationToken cancellationToken = default)
    {
        if (Files.TryGetValue(Path.GetFileName(path), out string? expected))
            RequireFile(path, expected, cancellationToken);
    }

    /// <summary>Checks a file.</summary>
    /// <returns>True.</returns>
    /// <exception cref="CheckpointFormatException">It has another digest.</exception>
    public static bool RequireFile(string path, string expected, CancellationToken cancellationToken = default) =>
        DigestOf(path, cancellationToken) is var found && found == expected
        ? true
        : throw new CheckpointFormatException(
            path,
            $"the file is not as it was written: its SHA-256 is {found}; expected {expected}. If it was changed on purpose, delete "
            + $"{FileName} beside it");

    /// <summary>Says whether every file is there and as it was written.</summary>
    public bool AreIntact(string folder, CancellationToken cancellationToken = default) => Files.All(
        file => Path.Combine(folder, file.Key) is var path && File.Exists(path) && DigestOf(path, cancellationToken) == file.Value);

    /// <summary>Writes the digests beside the files.</summary>
    public void Write(string folder) => SealedJson.Write(Path.Combine(folder, FileName), this, FileJson.Default.FolderDigests);

    /// <summary>Replaces a file, and its digest if its folder has digests.</summary>
    public static void WriteText(string path, string text) => Replace(path, isKnown: false, () => AtomicFile.WriteText(path, text));

    /// <summary>Replaces a file and its digest.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isKnown">Whether a folder without digests gets them.</param>
    /// <param name="write">Writes the file.</param>
    public static void Replace(string path, bool isKnown, Action write)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, name = Path.GetFileName(path);
        FolderDigests? digests = TryRead(folder);
        // Killed in between, the file is not known, rather than taken for damaged.
        if (digests is not null && digests.Files.Remove(name))
            digests.Write(folder);
        write();
        if (digests is null && !isKnown)
            return;
        digests ??= new FolderDigests(null, new SortedDictionary<string, string>(StringComparer.Ordinal));
        digests.Files[name] = DigestOf(path, CancellationToken.None);
        digests.Write(folder);
    }

    private static string DigestOf(string path, CancellationToken cancellationToken)
    {
        using FileStream stream = RegularFile.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[Math.Clamp(stream.Length, 1, ChunkBytes)];
        for (int read; (read = stream.Read(chunk)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(chunk, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
