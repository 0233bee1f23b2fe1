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
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}" +
        $"-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>Gives the places to take libtorch from, best first.</summary>
    /// <remarks>
    /// TorchSharp itself loads a libtorch that lies in the app's folders, and two of them in one process end it: where there is one,
    /// it is the only choice. An explicit PUZZLE_LIBTORCH is never passed over in silence either.
    /// </remarks>
    /// <exception cref="DllNotFoundException">PUZZLE_LIBTORCH names another libtorch than the app's own, or is no absolute
    /// path.</exception>
    public static IReadOnlyList<NativeFolders> TorchFolders()
    {
        NativeFolders app = AppFolders();
        string? own = app.Find("torch_cpu");
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } configured)
            return [Configured(Absolute(configured), own)];
        if (own is not null)
            return [app];

        string version = PackageConstant("libtorchPackageVersion"), cuda = $"libtorch-cuda-{PackageConstant("cudaVersion")}-{Rid}";
        var cpuPackage = new NativeFolders("NuGet, CPU", [PackageFolder($"libtorch-cpu-{Rid}", version)]);
        var cudaPackages = new NativeFolders(
            "NuGet, CUDA", [.. PackagesStartingWith(cuda).Select(package => PackageFolder(package, version))]) { ComesInParts = true };
        bool prefersCuda = AppContext.GetData("Puzzle.Torch") is "cuda";
        return prefersCuda ? [app, cudaPackages, cpuPackage] : [app, cpuPackage, cudaPackages];
    }

    /// <summary>Gives an absolute path. A relative one would lead elsewhere in every folder that the app is started in.</summary>
    /// <exception cref="DllNotFoundException">The path is relative.</exception>
    public static string Absolute(string configured) => Path.IsPathFullyQualified(configured)
        ? Path.GetFullPath(configured)
        : throw new DllNotFoundException($"{Variable} is '{configured}'; expected an absolute path.");

    /// <summary>Gives the folder PUZZLE_LIBTORCH names, unless the app brings another libtorch.</summary>
    internal static NativeFolders Configured(string folder, string? appTorch)
    {
        if (appTorch is not null && Path.GetDirectoryName(appTorch) != Path.TrimEndingDirectorySeparator(folder))
        {
            throw new DllNotFoundException(
                $"{Variable} names {folder}, but the app brings its own libtorch ({appTorch}), and one process cannot hold two. "
                + $"Unset {Variable}, or build the app without its native packages (ExcludeAssets=\"native\").");
        }
        return new NativeFolders(Variable, [folder]);
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
        return new NativeFolders("the app", [.. host.Append(Path.Combine(app, "runtimes", Rid, "native"))
            .Append(app)
            .Select(Path.TrimEndingDirectorySeparator)
            .Distinct()]);
    }

    private static string PackageFolder(string package, string version) =>
        Path.Combine(PackagesRoot(), package, version, "runtimes", Rid, "native");

    private static IEnumerable<string> PackagesStartingWith(string prefix) =>
        Directory.Exists(PackagesRoot())
            ? Directory.EnumerateDirectories(PackagesRoot(), prefix + "*").Select(folder => Path.GetFileName(folder))
                .Order(StringComparer.Ordinal)
            : [];

    private static string PackagesRoot() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } configured
            ? Path.GetFullPath(configured)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // TorchSharp names its libtorch version only in constants; reading a constant does not run the class constructor, torch.__version__
    // would.
    private static string PackageConstant(string name)
    {
        string value = typeof(torch).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)?.GetRawConstantValue() as string
            ?? "unknown";
        return Version.TryParse(value, out Version? version) && version.Revision == 0 ? version.ToString(3) : value;
    }
}
