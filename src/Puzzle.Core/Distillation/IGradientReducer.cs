using static TorchSharp.torch;

namespace Puzzle.Distillation;

/// <summary>
/// The processes, called ranks, that train one model together, each on its part of every batch: how their gradients are added up and how
/// they agree. Every rank makes the same calls in the same order, one at a time. A call waits for the other ranks; it fails on all of them
/// where one has left.
/// </summary>
/// <exception cref="RankFailedException">Of every call: another rank has left or cannot be reached.</exception>
public interface IGradientReducer
{
    /// <summary>Gets which of the ranks this is, 0 to <see cref="Ranks"/> - 1. Rank 0 evaluates what only one has to, decides and
    /// saves.</summary>
    int Rank { get; }

    /// <summary>Gets the number of ranks, at least 1.</summary>
    int Ranks { get; }

    /// <summary>
    /// Adds up the parts of all ranks, one after the other from the first part of rank 0 to the last part of the last rank, so that the
    /// sums have the same bits however the parts are spread over ranks.
    /// </summary>
    /// <param name="parts">This rank's parts, [N] each: contiguous 32-bit floats of one device, of the same length everywhere. On return
    /// the first holds the sums, the same bits on every rank; the others are as they were.</param>
    void Sum(IReadOnlyList<Tensor> parts);

    /// <summary>Gives a tensor of every rank the values that rank 0's has.</summary>
    /// <param name="values">A contiguous tensor of the same shape and type everywhere; written in place.</param>
    void Broadcast(Tensor values);

    /// <summary>Gives every rank the short message of every rank.</summary>
    /// <param name="message">This rank's message, of any length, also none.</param>
    /// <returns>The messages in the order of the ranks.</returns>
    IReadOnlyList<byte[]> Exchange(ReadOnlySpan<byte> message);
}
