using System.Globalization;
using System.Text;

namespace Puzzle.Native;

/// <summary>Loads libtorch, then TorchSharp's own library, by full path.</summary>
/// <remarks>Later look-ups by bare name find the loaded ones: no search path needs to hold them.</remarks>
internal static class TorchLoader
{
    /// <summary>TorchSharp's own native library, the last to load.</summary>
    public const string TorchSharpLibrary = "LibTorchSharp";

    // In the order they depend on one another.
    private static readonly string[] Libraries = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];
    private static readonly string[] Required = ["c10", "torch_cpu", "torch"];

    /// <summary>Loads everything and gives the handles by bare name.</summary>
    /// <exception cref="DllNotFoundException">Nothing usable was found; the message lists every place and its failure.</exception>
    public static IReadOnlyDictionary<string, nint> Load(
        IReadOnlyList<NativeFolders> torchFolders, IReadOnlyList<NativeFolders> torchSharpFolders)
    {
        var failures = new List<string>();
        foreach (NativeFolders folders in torchFolders)
        {
            if (TryLoadTorch(folders, failures) is not { } handles)
                continue;
            foreach (NativeFolders own in torchSharpFolders)
            {
                if (TryLoadTorchSharp(own, failures) is { } handle)
                {
                    handles[TorchSharpLibrary] = handle;
                    return handles;
                }
            }
            break; // A second libtorch beside the first would mix the two.
        }
        throw new DllNotFoundException(Describe(failures));
    }

    private static Dictionary<string, nint>? TryLoadTorch(NativeFolders folders, List<string> failures)
    {
        string[] missing = [.. Required.Where(library => folders.Find(library) is null).Select(NativeFolders.FileName)];
        if (missing.Length > 0)
        {
            string where = folders.Paths.Count > 0 ? string.Join(", ", folders.Paths) : "no such package";
            failures.Add($"{folders.Origin} ({where}): no {string.Join(", ", missing)}");
            return null;
        }
        (string Library, string File)[] files = [.. Libraries.Select(library => (library, folders.Find(library)!))
            .Where(pair => pair.Item2 is not null)];
        var handles = new Dictionary<string, nint>();
        string? failure = TryLoadAll(files, handles);
        if (failure is not null && folders.ComesInParts)
        {
            LoadCompanions(folders);
            failure = TryLoadAll(files, handles);
        }
        if (failure is null)
            return handles;
        failures.Add($"{folders.Origin}: {failure}");
        return null;
    }

    /// <summary>Loads what is not loaded yet; gives the first failure, or null.</summary>
    private static string? TryLoadAll((string Library, string File)[] files, Dictionary<string, nint> handles)
    {
        foreach ((string library, string file) in files)
        {
            if (handles.ContainsKey(library))
                continue;
            if (!NativeFile.TryLoad(file, out nint handle, out string failure))
                return failure;
            handles.Add(library, handle);
        }
        return null;
    }

    // libtorch finds what it depends on in its own folder only: load the rest first, in whatever order works.
    private static void LoadCompanions(NativeFolders folders)
    {
        List<string> pending = [.. folders.Files()
            .Where(file => !Path.GetFileName(file).Contains("torch", StringComparison.OrdinalIgnoreCase))];
        while (pending.RemoveAll(file => NativeFile.TryLoad(file, out _, out _)) > 0)
        {
        }
    }

    private static nint? TryLoadTorchSharp(NativeFolders folders, List<string> failures)
    {
        if (folders.Find(TorchSharpLibrary) is not { } file)
        {
            failures.Add($"{folders.Origin} ({string.Join(", ", folders.Paths)}): no {NativeFolders.FileName(TorchSharpLibrary)}");
            return null;
        }
        if (NativeFile.TryLoad(file, out nint handle, out string failure))
            return handle;
        failures.Add(failure);
        if (!OperatingSystem.IsLinux() || !failure.Contains(PatchedLibraryCache.UnneededVersion, StringComparison.Ordinal))
            return null;
        try
        {
            if (PatchedLibraryCache.TryLoad(file, out handle, out failure))
                return handle;
            failures.Add(failure);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            failures.Add($"a copy of it that loads here (set XDG_CACHE_HOME to a writable folder for it): {exception.Message}");
        }
        return null;
    }

    private static string Describe(List<string> failures)
    {
        var text = new StringBuilder("The native torch could not be loaded. Tried:");
        foreach (string failure in failures)
            text.Append("\n - ").Append(failure);
        string cuda = OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";
        return text.Append(CultureInfo.InvariantCulture, $"\nAdd the package TorchSharp-cpu or {cuda} to the app, or set "
            + $"{NativeLibraryLocator.Variable} to the lib folder of an installed torch.").ToString();
    }
}
