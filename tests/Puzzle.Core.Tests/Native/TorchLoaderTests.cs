using Puzzle.Native;

namespace Puzzle.Tests.Native;

public sealed class TorchLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-native-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_NothingFound_SaysWhereItLookedAndWhatToDo()
    {
        NativeFolders[] folders = [new("the app", [_folder]), new("NuGet, CUDA", [])];

        var exception = Assert.Throws<DllNotFoundException>(() => TorchLoader.Load(folders, folders));

        Assert.Contains($"the app ({_folder}): no {NativeFolders.FileName("c10")}, ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("NuGet, CUDA (no such package)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cpu", exception.Message, StringComparison.Ordinal);
        Assert.Contains("PUZZLE_LIBTORCH", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DamagedLibrary_GivesTheSystemLoadersReason()
    {
        foreach (string library in new[] { "c10", "torch_cpu", "torch" })
            File.WriteAllText(Path.Combine(_folder, NativeFolders.FileName(library)), "not a library");
        NativeFolders[] folders = [new("the app", [_folder])];

        var exception = Assert.Throws<DllNotFoundException>(() => TorchLoader.Load(folders, folders));

        Assert.Matches(@"the app: .*c10\.\w+: .{10,}", exception.Message);
    }

    [Fact]
    public void Find_InSeveralFolders_TakesTheFirst()
    {
        string second = Directory.CreateDirectory(Path.Combine(_folder, "second")).FullName;
        string inFirst = Path.Combine(_folder, NativeFolders.FileName("c10")),
            inSecond = Path.Combine(second, NativeFolders.FileName("c10"));
        File.WriteAllText(inSecond, "");
        var folders = new NativeFolders("test", [_folder, second]);

        Assert.Equal(inSecond, folders.Find("c10"));
        File.WriteAllText(inFirst, "");
        Assert.Equal(inFirst, folders.Find("c10"));
        Assert.Null(folders.Find("torch"));
    }

    [Fact]
    public void Configured_AppBringsAnotherTorch_Throws()
    {
        string own = Path.Combine(_folder, NativeFolders.FileName("torch_cpu")), other = Path.Combine(_folder, "other");

        var exception = Assert.Throws<DllNotFoundException>(() => NativeLibraryLocator.Configured(other, own));

        Assert.Contains(own, exception.Message, StringComparison.Ordinal);
        Assert.Contains(other, exception.Message, StringComparison.Ordinal);
        Assert.Equal([_folder], NativeLibraryLocator.Configured(_folder, own).Paths);
        Assert.Equal([other], NativeLibraryLocator.Configured(other, appTorch: null).Paths);
    }
}
