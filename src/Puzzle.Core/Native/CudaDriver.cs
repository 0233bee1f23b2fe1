using System.Runtime.InteropServices;
using System.Text;

namespace Puzzle.Native;

/// <summary>Asks the CUDA driver, which is there wherever CUDA runs, containers included (CUDA driver API, section "Device
/// Management").</summary>
internal static unsafe class CudaDriver
{
    private const int NameLength = 256;

    private static string Library => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Gives the name of a GPU.</summary>
    /// <param name="index">Which of the visible ones, 0-based.</param>
    /// <returns>For example <c>NVIDIA H200</c>; null where there is no driver or no such GPU.</returns>
    public static string? NameOf(int index)
    {
        if (!NativeLibrary.TryLoad(Library, out nint driver)
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

    /// <summary>Gives the bytes of a GPU's memory that nobody holds; what torch keeps for its next tensors counts as held.</summary>
    /// <param name="index">Which of the visible ones, 0-based.</param>
    /// <returns>Null where there is no driver or no such GPU.</returns>
    public static long? FreeBytes(int index) => NativeLibrary.TryLoad(Library, out nint driver)
        ? FreeBytes(index, name => NativeLibrary.TryGetExport(driver, name, out nint address) ? address : 0)
        : null;

    /// <summary>The same by a driver's functions (sections "Primary Context Management" and "Memory Management").</summary>
    /// <param name="index">Which of the visible ones, 0-based.</param>
    /// <param name="export">Gives a function's address by its name; 0 if it is not there.</param>
    internal static long? FreeBytes(int index, Func<string, nint> export)
    {
        string[] names =
        [
            "cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxPushCurrent_v2", "cuMemGetInfo_v2", "cuCtxPopCurrent_v2",
            "cuDevicePrimaryCtxRelease_v2",
        ];
        if (names.Select(export).ToArray() is not [not 0, not 0, not 0, not 0, not 0, not 0, not 0] f)
            return null;
        int device;
        nint context, popped;
        nuint free = 0, total = 0;
        if (((delegate* unmanaged<uint, int>)f[0])(0) != 0
            || ((delegate* unmanaged<int*, int, int>)f[1])(&device, index) != 0
            || ((delegate* unmanaged<nint*, int, int>)f[2])(&context, device) != 0)
            return null;
        bool isKnown = false;
        if (((delegate* unmanaged<nint, int>)f[3])(context) == 0)
        {
            isKnown = ((delegate* unmanaged<nuint*, nuint*, int>)f[4])(&free, &total) == 0;
            _ = ((delegate* unmanaged<nint*, int>)f[5])(&popped);
        }
        _ = ((delegate* unmanaged<int, int>)f[6])(device);
        return isKnown ? (long)free : null;
    }
}
