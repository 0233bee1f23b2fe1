namespace Puzzle.Foundation;

/// <summary>A folder for what nobody needs later. It goes with this object; what a killed process left goes when the next one is
/// made.</summary>
public sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "puzzle-";
    private const string LockName = ".in-use";

    private readonly FileStream _lock;

    /// <summary>Creates an empty folder.</summary>
    /// <param name="purpose">A word for its name.</param>
    /// <param name="root">Where; the system's folder for temporary files if null.</param>
    /// <exception cref="IOException">It cannot be created.</exception>
    public ScratchFolder(string purpose, string? root = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        root ??= System.IO.Path.GetTempPath();
        Directory.CreateDirectory(root);
        DeleteLeftovers(root);
        Path = System.IO.Path.Combine(root, $"{Prefix}{purpose}-{System.IO.Path.GetRandomFileName()}");
        Directory.CreateDirectory(Path);
        _lock = new FileStream(System.IO.Path.Combine(Path, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Gets the folder.</summary>
    public string Path { get; }

    /// <summary>Deletes the folder and all that is in it.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    // Only folders whose lock is there and free: one without is just being made, or somebody else's.
    private static void DeleteLeftovers(string root)
    {
        foreach (string folder in Directory.GetDirectories(root, Prefix + "*"))
        {
            string held = System.IO.Path.Combine(folder, LockName);
            try
            {
                if (!File.Exists(held))
                    continue;
                new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // It is being used, or belongs to another user.
            }
        }
    }
}
