namespace Puzzle.Text;

/// <summary>The order of all windows in one pass over the data.</summary>
internal sealed record WindowOrder(long Pass, int[] Windows)
{
    /// <summary>Shuffles 0 to <paramref name="count"/> - 1 (Fisher-Yates over SplitMix64), the same way on every machine.</summary>
    public static WindowOrder Create(int count, ulong seed, long pass)
    {
        int[] windows = [.. Enumerable.Range(0, count)];
        ulong state = Mix(seed) ^ Mix(unchecked((ulong)pass) + 0x632BE59BD9B4E019);
        for (int i = count - 1; i > 0; i--)
        {
            state = unchecked(state + 0x9E3779B97F4A7C15);
            int other = (int)Math.BigMul(Mix(state), (ulong)i + 1, out _);
            (windows[i], windows[other]) = (windows[other], windows[i]);
        }
        return new WindowOrder(pass, windows);
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
