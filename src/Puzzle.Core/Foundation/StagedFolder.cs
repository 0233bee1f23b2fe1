namespace Puzzle.Foundation;

/// <summary>
/// A checkpoint being written beside its final folder, which nobody else may write meanwhile. Until it is committed the final folder
/// is untouched; a commit that is cut short leaves it without its main file, so that it cannot be taken for a checkpoint. What a killed
/// save of the same checkpoint left beside it is removed.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string _final;
    private readonly string _main;
    private readonly string[] _replaced;
    private readonly FileLock _lock;

    /// <summary>Creates the empty folder.</summary>
    /// <param name="final">Where the files will go; may exist.</param>
    /// <param name="main">The name of the file without which there is no checkpoint.</param>
    /// <param name="replaced">Patterns of other files that an earlier checkpoint may have left in the final folder.</param>
    /// <exception cref="IOException">Another writes the same folder, or it cannot be written.</exception>
    public StagedFolder(string final, string main, params string[] replaced)
    {
        (_main, _replaced) = (main, replaced);
        _final = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(final));
        string parent = System.IO.Path.GetDirectoryName(_final)
            ?? throw new ArgumentException($"'{final}' is not a folder to write to.", nameof(final));
        string name = System.IO.Path.GetFileName(_final);
        Directory.CreateDirectory(parent);
        _lock = FileLock.Take(System.IO.Path.Combine(parent, $".{name}.lock"), $"The folder {_final}");
        try
        {
            DeleteLeftovers(parent, name);
            Path = System.IO.Path.Combine(parent, $".{name}.{System.IO.Path.GetRandomFileName()}.tmp");
            Directory.CreateDirectory(Path);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Gets the folder to write to.</summary>
    public string Path { get; }

    /// <summary>Moves what was written to the final folder, with the digests of all of it, replacing a checkpoint that is there.</summary>
    public void Commit(CancellationToken cancellationToken = default) =>
        Commit(FolderDigests.TryRead(_final)?.Identity, cancellationToken);

    /// <summary>Moves what was written to the final folder and says anew what that holds.</summary>
    /// <param name="identity">See <see cref="FolderDigests.Identity"/>.</param>
    /// <param name="cancellationToken">Stops before anything is moved.</param>
    public void Commit(string? identity, CancellationToken cancellationToken = default)
    {
        FolderDigests digests = FolderDigests.Of(Path, identity, cancellationToken);
        if (!Directory.Exists(_final))
        {
            digests.Write(Path);
            Directory.Move(Path, _final);
            return;
        }
        FolderDigests? before = FolderDigests.TryRead(_final);
        File.Delete(System.IO.Path.Combine(_final, _main));
        File.Delete(System.IO.Path.Combine(_final, FolderDigests.FileName));
        foreach (string stale in _replaced.SelectMany(pattern => Directory.GetFiles(_final, pattern)))
            File.Delete(stale);
        foreach (string file in Directory.GetFiles(Path).Where(file => System.IO.Path.GetFileName(file) != _main))
            File.Move(file, System.IO.Path.Combine(_final, System.IO.Path.GetFileName(file)), overwrite: true);
        digests.With(before, _final).Write(_final);
        File.Move(System.IO.Path.Combine(Path, _main), System.IO.Path.Combine(_final, _main), overwrite: true);
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    // The random part has 12 characters, so the leftovers of a checkpoint whose name only begins alike are not matched.
    private static void DeleteLeftovers(string parent, string name)
    {
        foreach (string leftover in Directory.GetDirectories(parent, $".{name}.*.tmp"))
        {
            if (System.IO.Path.GetFileName(leftover).Length == name.Length + "..12345678.123.tmp".Length)
                Directory.Delete(leftover, recursive: true);
        }
    }
}
