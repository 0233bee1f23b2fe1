using Puzzle.Native;

namespace Puzzle.ConsoleApp;

/// <summary>What the user asked to distil.</summary>
/// <param name="Parent">The teacher's folder.</param>
/// <param name="Child">The student's folder.</param>
/// <param name="Text">Text files; empty when the parent writes the text.</param>
/// <param name="SampledTokens">Tokens that the parent writes; null when text files are given.</param>
/// <param name="WorkDirectory">Where sampled text, training state and the result are kept.</param>
/// <param name="SequenceLength">Tokens of a window.</param>
/// <param name="Json">Print one JSON object.</param>
/// <param name="Device">Where to compute.</param>
/// <param name="Mpi">Whether the processes that mpirun started train together.</param>
internal sealed record DistillSettings(
    string Parent, string Child, IReadOnlyList<string> Text, int? SampledTokens, string WorkDirectory, int SequenceLength, bool Json,
    ComputeDevice Device, bool Mpi = false);
