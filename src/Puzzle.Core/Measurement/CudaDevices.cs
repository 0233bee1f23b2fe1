using System.Runtime.InteropServices;
using System.Text;

namespace Puzzle.Measurement;

/// <summary>What the CUDA driver says of its devices (CUDA Driver API, device management).</summary>
internal static partial class CudaDevices
{
    private const string Driver = "cuda";
    private const int MostNameBytes = 256;

    static CudaDevices() => NativeLibrary.SetDllImportResolver(typeof(CudaDevices).Assembly, (library, _, _) =>
        library == Driver && NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint driver) ? driver : 0);

    /// <summary>Gives the name of a device's model; one that is no other machine's where the driver does not say.</summary>
    /// <param name="index">The device, 0-based, as the process sees it.</param>
    public static string NameOf(int index)
    {
        string unknown = $"GPU {index} of {Environment.MachineName}, whose model is not known";
        try
        {
            byte[] name = new byte[MostNameBytes];
            return Initialize(0) == 0 && Get(out int device, index) == 0 && GetName(name, name.Length, device) == 0
                && Encoding.UTF8.GetString(name.AsSpan(0, Math.Max(0, Array.IndexOf(name, (byte)0)))) is { Length: > 0 } model ? model : unknown;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return unknown;
        }
    }

    [LibraryImport(Driver, EntryPoint = "cuInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Initialize(uint flags);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGet")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Get(out int device, int ordinal);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGetName")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetName([Out] byte[] name, int length, int device);
}
