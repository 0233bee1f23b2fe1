using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>What metrics compare at some positions of a window; null where no metric needs it.</summary>
/// <param name="Hidden">The last hidden state after the final norm, [R, D].</param>
/// <param name="LogProbabilities">The next-token log-probabilities, [R, V], 32-bit.</param>
internal readonly record struct TokenOutputs(Tensor? Hidden, Tensor? LogProbabilities);
