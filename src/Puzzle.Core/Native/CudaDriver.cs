using System.Runtime.InteropServices;
using System.Text;

namespace Puzzle.Native;

/// <summary>Asks the CUDA driver, which is there wherever CUDA runs, containers included (CUDA driver API, section "Device
/// Management").</summary>
internal static unsafe class CudaDriver
{
    private const int NameLength = 256;

    /// <summary>Gives the name of a GPU.</summary>
    /// <param name="index">Which of the visible ones, 0-based.</param>
    /// <returns>For example <c>NVIDIA H200</c>; null where there is no driver or no such GPU.</returns>
    public static string? NameOf(int index)
    {
        string library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(library, out nint driver)
            || !NativeLibrary.TryGetExport(driver, "cuInit", out nint initialize)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out nint get)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetName", out nint getName))
            return null;
        int device;
        byte* name = stackalloc byte[NameLength];
        bool isKnown = ((delegate* unmanaged<uint, int>)initialize)(0) == 0
            && ((delegate* unmanaged<int*, int, int>)get)(&device, index) == 0
            && ((delegate* unmanaged<byte*, int, int, int>)getName)(name, NameLength, device) == 0;
        string text = isKnown ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) : "";
        return text.Length > 0 ? text : null;
    }
}
