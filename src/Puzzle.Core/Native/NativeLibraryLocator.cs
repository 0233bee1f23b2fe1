using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Puzzle.Native;

/// <summary>Lists where the native torch may lie: PUZZLE_LIBTORCH, else the app's own folders, else the NuGet package folder.</summary>
internal static class NativeLibraryLocator
{
    /// <summary>The environment variable that names the <c>lib</c> folder of an installed torch.</summary>
    public const string Variable = "PUZZLE_LIBTORCH";

    private static string Rid { get; } =
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>Gives the places to take libtorch from, best first. An explicit PUZZLE_LIBTORCH is the only one: it is never passed over in silence.</summary>
    public static IReadOnlyList<NativeFolders> TorchFolders()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } configured)
            return [new NativeFolders(Variable, [Path.GetFullPath(configured)])];

        string version = PackageConstant("libtorchPackageVersion"), cuda = $"libtorch-cuda-{PackageConstant("cudaVersion")}-{Rid}";
        var cpuPackage = new NativeFolders("NuGet, CPU", [PackageFolder($"libtorch-cpu-{Rid}", version)]);
        var cudaPackages = new NativeFolders("NuGet, CUDA", [.. PackagesStartingWith(cuda).Select(package => PackageFolder(package, version))]);
        bool prefersCuda = AppContext.GetData("Puzzle.Torch") is "cuda";
        return prefersCuda ? [AppFolders(), cudaPackages, cpuPackage] : [AppFolders(), cpuPackage, cudaPackages];
    }

    /// <summary>Gives the places to take TorchSharp's own native library from, best first.</summary>
    public static IReadOnlyList<NativeFolders> TorchSharpFolders()
    {
        string version = typeof(torch).Assembly.GetName().Version!.ToString(3);
        return [AppFolders(), new NativeFolders("NuGet, TorchSharp", [PackageFolder("torchsharp", version)])];
    }

    private static NativeFolders AppFolders()
    {
        string[] host = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string app = AppContext.BaseDirectory;
        return new NativeFolders("the app", [.. host.Append(Path.Combine(app, "runtimes", Rid, "native")).Append(app).Select(Path.TrimEndingDirectorySeparator).Distinct()]);
    }

    private static string PackageFolder(string package, string version) =>
        Path.Combine(PackagesRoot(), package, version, "runtimes", Rid, "native");

    private static IEnumerable<string> PackagesStartingWith(string prefix) =>
        Directory.Exists(PackagesRoot())
            ? Directory.EnumerateDirectories(PackagesRoot(), prefix + "*").Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)
            : [];

    private static string PackagesRoot() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } configured
            ? Path.GetFullPath(configured)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // TorchSharp names its libtorch version only in constants; reading a constant does not run the class constructor, torch.__version__ would.
    private static string PackageConstant(string name)
    {
        string value = typeof(torch).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)?.GetRawConstantValue() as string ?? "unknown";
        return Version.TryParse(value, out Version? version) && version.Revision == 0 ? version.ToString(3) : value;
    }
}
