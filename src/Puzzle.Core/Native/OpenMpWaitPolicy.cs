using System.Runtime.InteropServices;

namespace Puzzle.Native;

/// <summary>How libtorch's idle worker threads wait: spinning ones make a busy machine several times slower.</summary>
internal static partial class OpenMpWaitPolicy
{
    private const string Variable = "OMP_WAIT_POLICY", Passive = "PASSIVE";

    /// <summary>Lets idle threads sleep, unless the environment says otherwise. Counts only before libtorch loads.</summary>
    public static void PreferPassive()
    {
        if (OperatingSystem.IsWindows())
        {
            if (Environment.GetEnvironmentVariable(Variable) is null)
                Environment.SetEnvironmentVariable(Variable, Passive);
        }
        else
        {
            // .NET keeps its own copy of the environment, which native code does not see.
            _ = SetEnvironment(Variable, Passive, overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
