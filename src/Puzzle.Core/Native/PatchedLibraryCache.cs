using System.Globalization;
using System.Security.Cryptography;
using Puzzle.Foundation;

namespace Puzzle.Native;

/// <summary>Keeps edited copies of native libraries in a folder of the user's own, named by the content they were made from.</summary>
internal static class PatchedLibraryCache
{
    /// <summary>The version TorchSharp's Linux library asks for, and the one symbol of it that it names without ever calling it.</summary>
    public const string UnneededVersion = "GLIBCXX_3.4.32", UnneededSymbol = "_ZSt21ios_base_library_initv";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Gives the path of a copy of the library that loads where the system's C++ library is older than the one it was built
    /// with.</summary>
    /// <exception cref="BadImageFormatException">The library is not one that can safely be edited.</exception>
    /// <exception cref="IOException">The copy cannot be written.</exception>
    public static string GetOrAdd(string library, string? folder = null) => GetOrAdd(library, folder, out _);

    /// <summary>Loads such a copy: the very file that was compared with what it must hold, whatever its name leads to by then.</summary>
    /// <exception cref="BadImageFormatException">The library is not one that can safely be edited.</exception>
    /// <exception cref="IOException">The copy cannot be written, or was changed meanwhile.</exception>
    public static bool TryLoad(string library, out nint handle, out string failure)
    {
        string copy = GetOrAdd(library, folder: null, out byte[] image);
        using FileStream opened = RegularFile.OpenRead(copy);
        byte[] found = new byte[image.Length];
        if (opened.Length != image.Length
            || opened.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) != found.Length
            || !found.AsSpan().SequenceEqual(image))
            throw new IOException($"{copy} was changed while it was loaded.");
        string descriptor = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{opened.SafeFileHandle.DangerousGetHandle()}");
        return NativeFile.TryLoad(File.Exists(descriptor) ? descriptor : copy, out handle, out failure);
    }

    private static string GetOrAdd(string library, string? folder, out byte[] image)
    {
        image = RegularFile.ReadAllBytes(library);
        string digest = Convert.ToHexStringLower(SHA256.HashData(image));
        if (!ElfVersionNeeds.Weaken(image, UnneededVersion, UnneededSymbol))
            throw new BadImageFormatException($"The library does not need {UnneededVersion}: it fails for another reason.");

        folder = PrivateFolder(folder ?? UserFolder(), digest);
        string copy = Path.Combine(folder, Path.GetFileName(library));
        if (!File.Exists(copy) || !RegularFile.ReadAllBytes(copy).AsSpan().SequenceEqual(image))
            Replace(copy, image);
        return copy;
    }

    private static void Replace(string file, byte[] content)
    {
        string temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>
    /// Gives the folder of a copy; where a user has none that can be written, as in a container, or where others can write to it, a
    /// temporary one of this process alone.
    /// </summary>
    private static string PrivateFolder(string? root, string digest)
    {
        if (root is null)
            return Directory.CreateTempSubdirectory("puzzle-sdk-").FullName;
        string folder = Path.Combine(root, digest);
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, OwnerOnly);
            return IsOthers(root) || IsOthers(folder) ? Directory.CreateTempSubdirectory("puzzle-sdk-").FullName : folder;
        }
        catch (UnauthorizedAccessException)
        {
            return Directory.CreateTempSubdirectory("puzzle-sdk-").FullName;
        }
    }

    /// <summary>Tells whether another user owns a folder or may write to it, and so could put a library of theirs there.</summary>
    private static bool IsOthers(string folder) =>
        UnixFileStatus.Of(folder) is { } status && (status.Owner != UnixFileStatus.CurrentUser || status.IsWritableByOthers);

    private static string? UserFolder()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(cache ?? ""))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (home.Length == 0)
                return null;
            cache = Path.Combine(home, ".cache");
        }
        return Path.Combine(cache!, "puzzle-sdk", "native");
    }
}
