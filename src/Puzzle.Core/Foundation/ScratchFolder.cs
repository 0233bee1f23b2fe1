namespace Puzzle.Foundation;

/// <summary>A folder for what nobody needs later. It goes with this object; what a killed process left goes when the next one is
/// made.</summary>
public sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "puzzle-scratch-";
    private const int MostAttempts = 3;
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
        (Path, _lock) = Create(root, purpose);
    }

    /// <summary>Gets the folder.</summary>
    public string Path { get; }

    /// <summary>Deletes the folder and all that is in it; what an abandoned call still reads goes when the next folder is made.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            if (Directory.Exists(Path))
                Directory.Delete(Path, recursive: true);
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // A leftover from now on.
        }
    }

    // Before it is locked another may take it for a leftover: then it is made again.
    private static (string Path, FileStream Lock) Create(string root, string purpose)
    {
        for (int attempt = 1; ; attempt++)
        {
            string folder = System.IO.Path.Combine(root, $"{Prefix}{purpose}-{System.IO.Path.GetRandomFileName()}");
            Directory.CreateDirectory(folder);
            try
            {
                return (folder, new FileStream(
                    System.IO.Path.Combine(folder, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
            }
            catch (DirectoryNotFoundException) when (attempt < MostAttempts)
            {
            }
        }
    }

    // Folders whose lock is free, and empty ones: their process was killed before it locked them.
    private static void DeleteLeftovers(string root)
    {
        foreach (string folder in Directory.GetDirectories(root, Prefix + "*"))
        {
            string held = System.IO.Path.Combine(folder, LockName);
            try
            {
                bool wasLocked = File.Exists(held);
                if (wasLocked)
                    new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                Directory.Delete(folder, recursive: wasLocked);
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // It is being used, or belongs to another user.
            }
        }
    }
}
