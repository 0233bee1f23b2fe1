using System.Runtime.InteropServices;

namespace Puzzle.Native;

/// <summary>Tells a failed allocation from other failures of torch, which gives all of them one type and its own words.</summary>
internal static class OutOfMemory
{
    // c10's allocators of the CPU (Linux, Windows) and of CUDA, the C++ library's, and those of cuBLAS and oneDNN.
    private static readonly string[] Phrases =
        ["can't allocate memory", "not enough memory", "out of memory", "bad_alloc", "ALLOC_FAILED", "could not create a memory"];

    /// <summary>Says whether memory ran out, in torch or in the runtime; a smaller piece of work may succeed.</summary>
    public static bool Is(Exception exception) => exception switch
    {
        // Somebody has given up already.
        InsufficientMemoryException => false,
        OutOfMemoryException => true,
        ExternalException => Phrases.Any(phrase => exception.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)),
        _ => false,
    };
}
