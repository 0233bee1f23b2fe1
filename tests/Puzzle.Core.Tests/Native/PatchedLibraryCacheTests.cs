using System.Runtime.Versioning;
using Puzzle.Native;

namespace Puzzle.Tests.Native;

public sealed class PatchedLibraryCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-native-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void GetOrAdd_TorchSharpLibrary_WritesOneCopyAndRepairsIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux needs edited copies");
        string library = NativeLibraryLocator.TorchSharpFolders().Select(folders => folders.Find(TorchLoader.TorchSharpLibrary))
            .First(file => file is not null)!;
        byte[] original = File.ReadAllBytes(library);

        string copy = PatchedLibraryCache.GetOrAdd(library, _folder);
        byte[] edited = File.ReadAllBytes(copy);
        Assert.Equal(1, original.Zip(edited).Count(pair => pair.First != pair.Second));
        Assert.Equal(original, File.ReadAllBytes(library));

        File.WriteAllBytes(copy, edited[..100]);
        Assert.Equal(copy, PatchedLibraryCache.GetOrAdd(library, _folder));
        Assert.Equal(edited, File.ReadAllBytes(copy));
        Assert.Equal([copy], Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void GetOrAdd_FolderThatOthersCanWriteTo_IsNotUsed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux needs edited copies");
        string library = NativeLibraryLocator.TorchSharpFolders()
            .Select(folders => folders.Find(TorchLoader.TorchSharpLibrary))
            .First(file => file is not null)!;
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherWrite);

        string copy = PatchedLibraryCache.GetOrAdd(library, _folder);

        Assert.False(copy.StartsWith(_folder, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
        Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
    }

    [Fact]
    public void Absolute_RelativePath_IsRefused()
    {
        Assert.Equal(_folder, NativeLibraryLocator.Absolute(_folder));
        Assert.Contains(
            NativeLibraryLocator.Variable, Assert.Throws<DllNotFoundException>(() => NativeLibraryLocator.Absolute("torch/lib")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void GetOrAdd_OtherFile_ThrowsAndWritesNothing()
    {
        string file = Path.Combine(_folder, "other.so");
        File.WriteAllText(file, "something else");

        Assert.Throws<BadImageFormatException>(() => PatchedLibraryCache.GetOrAdd(file, Path.Combine(_folder, "cache")));

        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_folder));
    }
}
