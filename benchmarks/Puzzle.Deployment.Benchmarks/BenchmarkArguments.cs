using System.Globalization;
using Puzzle.Search.Profiling;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>Numbers given as <c>name=value</c> on the command line.</summary>
internal sealed record BenchmarkArguments(int Threads, int Rounds, int Batch, TimeProvider Clock)
{
    public static BenchmarkArguments Parse(IReadOnlyList<string> arguments)
    {
        return new(Number("threads", 2), Number("rounds", 9), Number("batch", 1), Number("clock", 0) == 0
            ? TimeProvider.System
            : new ThreadProcessorClock());

        int Number(string name, int otherwise) =>
            arguments.FirstOrDefault(argument => argument.StartsWith(name + "=", StringComparison.Ordinal)) is { } given
                ? int.Parse(given[(name.Length + 1)..], CultureInfo.InvariantCulture)
                : otherwise;
    }
}
