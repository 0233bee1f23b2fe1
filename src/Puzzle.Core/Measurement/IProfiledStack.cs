namespace Puzzle.Measurement;

/// <summary>Copies of one part of a model, each with weights of its own, run one after the other.</summary>
internal interface IProfiledStack : IDisposable
{
    /// <summary>Processes the workload's prompt.</summary>
    void Prefill();

    /// <summary>Processes one more token of every sequence in the middle of generation.</summary>
    void Decode();

    /// <summary>Turns the time of a call into the time of one copy.</summary>
    /// <param name="milliseconds">The time of a call.</param>
    /// <param name="empty">The time of a call with no copy in it.</param>
    /// <param name="decoding">Whether it was a call of <see cref="Decode"/>.</param>
    double PerCopy(double milliseconds, double empty, bool decoding);
}
