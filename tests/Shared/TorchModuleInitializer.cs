using System.Runtime.CompilerServices;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Tests;

internal static class TorchModuleInitializer
{
    /// <summary>Loads the native torch before any test's own first use of it; one thread keeps results and times steady.</summary>
    [ModuleInitializer]
    internal static void Initialize()
    {
        try
        {
            TorchRuntime.Initialize();
            torch.set_num_threads(1);
        }
        catch (DllNotFoundException)
        {
            // The tests that need torch fail with the reason; the others run.
        }
    }
}
