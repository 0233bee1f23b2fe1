namespace Puzzle.Checkpoints;

/// <summary>
/// A checkpoint being written beside its final folder. Until <see cref="Commit"/> the final folder is untouched; a commit that
/// is cut short leaves it without a config.json, so that it cannot be taken for a checkpoint.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string _final;

    /// <summary>Creates the empty folder.</summary>
    /// <param name="final">Where the files will go; may exist.</param>
    public StagedFolder(string final)
    {
        _final = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(final));
        string parent = System.IO.Path.GetDirectoryName(_final) ?? throw new ArgumentException($"'{final}' is not a folder to write to.", nameof(final));
        Path = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(_final)}.{System.IO.Path.GetRandomFileName()}.tmp");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Gets the folder to write to.</summary>
    public string Path { get; }

    /// <summary>Moves what was written to the final folder, replacing a checkpoint that is there.</summary>
    public void Commit()
    {
        if (!Directory.Exists(_final))
        {
            Directory.Move(Path, _final);
            return;
        }
        File.Delete(System.IO.Path.Combine(_final, HuggingFaceConfig.FileName));
        File.Delete(System.IO.Path.Combine(_final, WeightFiles.Index));
        foreach (string stale in Directory.GetFiles(_final, "model*.safetensors"))
            File.Delete(stale);
        foreach (string file in Directory.GetFiles(Path).OrderBy(file => System.IO.Path.GetFileName(file) == HuggingFaceConfig.FileName))
            File.Move(file, System.IO.Path.Combine(_final, System.IO.Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
