namespace Puzzle.Text.Patterns;

/// <summary>Which instructions were tried at which positions in one search for a match, as far as a bound on memory reaches.</summary>
internal sealed class VisitedStates(int instructions)
{
    // 16 MiB: a pattern of 100 instructions and a match of a million characters. Beyond it states are tried again, and the work is counted.
    private const int MostWords = 1 << 21;

    private ulong[] _words = [];
    private int _used;
    private int _start;

    /// <summary>Forgets everything.</summary>
    /// <param name="start">Where in the text the search starts.</param>
    public void Start(int start)
    {
        _start = start;
        Array.Clear(_words, 0, _used);
        _used = 0;
    }

    /// <summary>Adds a state; false if it is there already.</summary>
    public bool Add(int instruction, int position)
    {
        long bit = ((long)(position - _start) * instructions) + instruction;
        if (bit / 64 >= MostWords)
            return true;
        int word = (int)(bit / 64);
        if (word >= _words.Length)
            Array.Resize(ref _words, Math.Min(MostWords, Math.Max(word + 1, 2 * _words.Length)));
        _used = Math.Max(_used, word + 1);
        ulong mask = 1UL << (int)(bit % 64);
        if ((_words[word] & mask) != 0)
            return false;
        _words[word] |= mask;
        return true;
    }
}
