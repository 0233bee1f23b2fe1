namespace Puzzle.Text;

/// <summary>Symbols in a doubly linked list, and the pairs of neighbors that can be merged, best first.</summary>
internal sealed class SymbolChain
{
    private readonly int[] _symbols;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly BytePairModel _model;
    private readonly PriorityQueue<(int Position, int MergedId), long> _queue = new();
    private int _remaining;

    /// <summary>Links symbols; the array is taken over.</summary>
    public SymbolChain(int[] symbols, BytePairModel model)
    {
        (_symbols, _model, _remaining) = (symbols, model, symbols.Length);
        (_next, _previous) = (new int[symbols.Length], new int[symbols.Length]);
        for (int i = 0; i < symbols.Length; i++)
        {
            _next[i] = i + 1 < symbols.Length ? i + 1 : -1;
            _previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < symbols.Length; i++)
            Enqueue(i);
    }

    /// <summary>Takes the best pair and merges it, unless one of the two was merged otherwise meanwhile; false if there is no
    /// pair.</summary>
    public bool MergeNext()
    {
        if (!_queue.TryDequeue(out (int Position, int MergedId) top, out _))
            return false;
        int left = top.Position, right = _symbols[left] < 0 ? -1 : _next[left];
        if (right >= 0
            && _model.Merges.TryGetValue(new TokenPair(_symbols[left], _symbols[right]), out Merge merge)
            && merge.MergedId == top.MergedId)
            Join(left, right, merge.MergedId);
        return true;
    }

    /// <summary>Gives the symbols that are left, in order.</summary>
    public int[] ToIds()
    {
        int[] ids = new int[_remaining];
        for (int i = 0, count = 0; i >= 0; i = _next[i])
            ids[count++] = _symbols[i];
        return ids;
    }

    private void Join(int left, int right, int merged)
    {
        _symbols[left] = merged;
        _symbols[right] = -1;
        _next[left] = _next[right];
        if (_next[left] >= 0)
            _previous[_next[left]] = left;
        _remaining--;
        if (_previous[left] >= 0)
            Enqueue(_previous[left]);
        Enqueue(left);
    }

    private void Enqueue(int position)
    {
        if (_next[position] >= 0
            && _model.Merges.TryGetValue(new TokenPair(_symbols[position], _symbols[_next[position]]), out Merge merge))
            _queue.Enqueue((position, merge.MergedId), ((long)merge.Rank << 32) | (uint)position);
    }
}
