using System.Runtime.InteropServices;

namespace Puzzle.Native;

/// <summary>Loads one native library by full path.</summary>
internal static class NativeFile
{
    /// <summary>Loads the file, or gives the system loader's reason why not.</summary>
    public static bool TryLoad(string file, out nint handle, out string failure)
    {
        try
        {
            handle = NativeLibrary.Load(file);
            failure = "";
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            handle = 0;
            failure = $"{file}: {exception.Message.ReplaceLineEndings(" ").Trim()}";
            return false;
        }
    }
}
