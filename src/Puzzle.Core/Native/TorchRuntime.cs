using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Puzzle.Native;

/// <summary>Finds and loads the native torch, which TorchSharp's own loader cannot do on every system.</summary>
/// <remarks>
/// <para>
/// libtorch is taken from the folder that the environment variable PUZZLE_LIBTORCH names (the <c>lib</c> folder of an installed
/// torch), if it is set; else from the app's own native folders; else from the NuGet package folder (NUGET_PACKAGES, or
/// <c>~/.nuget/packages</c>), so that apps need not carry half a gigabyte. There, the CPU packages come first unless the app's
/// runtime option <c>Puzzle.Torch</c> is <c>cuda</c>. PUZZLE_LIBTORCH needs an app without a libtorch of its own.
/// </para>
/// <para>
/// Where the system's C++ library is older than the one TorchSharp was built with, a copy of TorchSharp's library without that
/// (unused) requirement is kept below <c>$XDG_CACHE_HOME/puzzle-sdk</c> (<c>~/.cache</c> by default). Packages are never modified.
/// </para>
/// <para>
/// With glibc, memory that tensors free stays with the process from here on, which makes work on large vocabularies several times as
/// fast for some 50 to 200 MB; the runtime option <c>Puzzle.KeepFreedMemory</c> = <c>false</c> leaves the allocator as it is, and so do
/// environment variables that set it.
/// </para>
/// <para>
/// Loading happens at the first use of torch once any code of this assembly has run. Call <see cref="Initialize"/> first in apps
/// that use <see cref="torch"/> before anything of Puzzle's, and to get the reason when nothing can be loaded.
/// </para>
/// </remarks>
public static class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static volatile IReadOnlyDictionary<string, nint>? s_handles;

    /// <summary>Loads the native torch unless that has been done. Safe to call from any thread, any number of times.</summary>
    /// <exception cref="DllNotFoundException">Nothing usable was found: the message lists every place and why it failed, and what to
    /// do.</exception>
    public static void Initialize() => EnsureLoaded();

    private static IReadOnlyDictionary<string, nint> EnsureLoaded()
    {
        if (s_handles is { } loaded)
            return loaded;
        // Nothing in here may run torch's class constructor: another thread may hold it and wait for this lock.
        lock (Gate)
        {
            if (s_handles is null)
            {
                OpenMpWaitPolicy.PreferPassive();
                NativeHeap.KeepFreed();
                s_handles = TorchLoader.Load(NativeLibraryLocator.TorchFolders(), NativeLibraryLocator.TorchSharpFolders());
            }
            return s_handles;
        }
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Only registers callbacks: nothing native is loaded until torch is used.")]
    internal static void Register()
    {
        Assembly torchSharp = typeof(torch).Assembly;
        AssemblyLoadContext context = AssemblyLoadContext.GetLoadContext(torchSharp) ?? AssemblyLoadContext.Default;
        context.ResolvingUnmanagedDll += (assembly, library) => assembly == torchSharp ? Resolve(library) : 0;
        try
        {
            NativeLibrary.SetDllImportResolver(
                torchSharp, (library, _, _) => library == TorchLoader.TorchSharpLibrary ? Resolve(library) : 0);
        }
        catch (InvalidOperationException)
        {
            // The app has a resolver of its own: the load context's event above still serves what that one leaves.
        }
    }

    private static nint Resolve(string library) =>
        library == TorchLoader.TorchSharpLibrary || library.StartsWith("torch", StringComparison.Ordinal)
            ? EnsureLoaded().GetValueOrDefault(library)
            : 0;
}
