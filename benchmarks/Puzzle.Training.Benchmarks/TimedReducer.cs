using System.Diagnostics;
using Puzzle.Distillation;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Ranks whose calls are timed: sums, and messages, which is where a rank waits for slower ones.</summary>
internal sealed class TimedReducer(IGradientReducer inner) : IGradientReducer
{
    public int Rank => inner.Rank;

    public int Ranks => inner.Ranks;

    public double SumSeconds { get; private set; }

    public double SumProcessorSeconds { get; private set; }

    public double MessageSeconds { get; private set; }

    public double MessageProcessorSeconds { get; private set; }

    public void Sum(IReadOnlyList<Tensor> parts)
    {
        (double processor, long started) = (ProcessorTime.Seconds, Stopwatch.GetTimestamp());
        inner.Sum(parts);
        SumSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        SumProcessorSeconds += ProcessorTime.Seconds - processor;
    }

    public void Broadcast(Tensor values) => inner.Broadcast(values);

    public IReadOnlyList<byte[]> Exchange(ReadOnlySpan<byte> message)
    {
        (double processor, long started) = (ProcessorTime.Seconds, Stopwatch.GetTimestamp());
        IReadOnlyList<byte[]> all = inner.Exchange(message);
        MessageSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        MessageProcessorSeconds += ProcessorTime.Seconds - processor;
        return all;
    }
}
