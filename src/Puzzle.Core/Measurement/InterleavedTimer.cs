namespace Puzzle.Measurement;

/// <summary>
/// Times several pieces of work in turn, round after round, so that a change of the machine's speed meets all of them alike.
/// </summary>
/// <param name="clock">Where timestamps come from.</param>
/// <param name="rounds">Samples of each piece.</param>
/// <param name="minimumSample">Work shorter than this is repeated within a sample.</param>
/// <param name="synchronize">Waits for the device; run before the clock is read.</param>
internal sealed class InterleavedTimer(TimeProvider clock, int rounds, TimeSpan minimumSample, Action synchronize)
{
    private const int MostRepetitions = 1 << 16;

    /// <summary>Warms every piece up, finds its repetitions, then samples all of them round-robin.</summary>
    /// <param name="work">What to time, each call the same amount of work.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Checked before each call, which takes milliseconds; a sample or the warming up may take
    /// seconds.</param>
    /// <returns>Per piece one sample a round: milliseconds per call.</returns>
    public double[][] Measure(IReadOnlyList<Action> work, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        int done = 0, all = work.Count * (rounds + 1);
        int[] repetitions = new int[work.Count];
        for (int i = 0; i < work.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            repetitions[i] = WarmUp(work[i], cancellationToken);
            progress?.Report((double)++done / all);
        }

        double[][] samples = [.. work.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < work.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                samples[i][round] = Time(work[i], repetitions[i], cancellationToken).TotalMilliseconds / repetitions[i];
                progress?.Report((double)++done / all);
            }
        }
        return samples;
    }

    private int WarmUp(Action work, CancellationToken cancellationToken)
    {
        work();
        int repetitions = 1;
        while (Time(work, repetitions, cancellationToken) < minimumSample && repetitions < MostRepetitions)
            repetitions *= 2;
        return repetitions;
    }

    private TimeSpan Time(Action work, int repetitions, CancellationToken cancellationToken)
    {
        synchronize();
        long start = clock.GetTimestamp();
        for (int i = 0; i < repetitions; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            work();
        }
        synchronize();
        return clock.GetElapsedTime(start);
    }
}
