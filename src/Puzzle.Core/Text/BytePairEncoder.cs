using System.Collections.Concurrent;
using System.Text;
using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Turns one piece of text into ids by applying merges in the order of their rank.</summary>
internal sealed class BytePairEncoder
{
    private const int LongestCachedPiece = 64;
    private const int MostCachedPieces = 1 << 16;

    // A document without a pre-tokenizer is one piece: it has to notice that it is canceled.
    private const int StepsBetweenReports = 4096;

    private readonly BytePairModel _model;
    private readonly Dictionary<int, int> _characters = [];
    private readonly int[]? _bytes;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int _cachedPieces;

    public BytePairEncoder(BytePairModel model)
    {
        _model = model;
        foreach ((string token, int id) in model.Vocabulary)
        {
            if (Rune.DecodeFromUtf16(token, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && length == token.Length)
                _characters.Add(rune.Value, id);
        }
        if (model.ByteFallback)
            _bytes = [.. Enumerable.Range(0, 256).Select(value => model.Vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];
    }

    /// <summary>Appends the ids of a piece.</summary>
    public void Encode(string piece, List<int> ids, TextWork work)
    {
        work.Spend(1 + piece.Length);
        if (piece.Length == 0)
            return;
        if (_cache.TryGetValue(piece, out int[]? known))
        {
            ids.AddRange(known);
            return;
        }
        if (_model.IgnoreMerges && _model.Vocabulary.TryGetValue(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }
        List<int> symbols = Symbols(piece);
        int[] merged = symbols.Count < 2 ? [.. symbols] : Merge([.. symbols], work);
        ids.AddRange(merged);
        if (piece.Length <= LongestCachedPiece && Volatile.Read(ref _cachedPieces) < MostCachedPieces && _cache.TryAdd(piece, merged))
            Interlocked.Increment(ref _cachedPieces);
    }

    /// <summary>Gives the id of each character; unknown ones become bytes or the unknown token, or vanish when there is neither.</summary>
    private List<int> Symbols(string piece)
    {
        var symbols = new List<int>(piece.Length);
        Span<byte> utf8 = stackalloc byte[4];
        bool unknownPending = false;
        foreach (Rune rune in piece.EnumerateRunes())
        {
            if (_characters.TryGetValue(rune.Value, out int id))
            {
                if (unknownPending)
                    symbols.Add(_model.UnknownId!.Value);
                unknownPending = false;
                symbols.Add(id);
            }
            else if (TryFallBack(utf8[..rune.EncodeToUtf8(utf8)], symbols))
            {
                continue;
            }
            else if (_model.UnknownId is int unknown)
            {
                if (unknownPending && !_model.FuseUnknown)
                    symbols.Add(unknown);
                unknownPending = true;
            }
        }
        if (unknownPending)
            symbols.Add(_model.UnknownId!.Value);
        return symbols;
    }

    private bool TryFallBack(ReadOnlySpan<byte> utf8, List<int> symbols)
    {
        if (_bytes is null)
            return false;
        foreach (byte value in utf8)
        {
            if (_bytes[value] < 0)
                return false;
        }
        foreach (byte value in utf8)
            symbols.Add(_bytes[value]);
        return true;
    }

    /// <summary>Merges a linked list of symbols, always the lowest rank first and, within a rank, the leftmost pair.</summary>
    private int[] Merge(int[] symbols, TextWork work)
    {
        int[] next = new int[symbols.Length];
        int[] previous = new int[symbols.Length];
        var queue = new PriorityQueue<(int Position, int MergedId), long>();
        for (int i = 0; i < symbols.Length; i++)
        {
            next[i] = i + 1 < symbols.Length ? i + 1 : -1;
            previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < symbols.Length; i++)
            Enqueue(i);

        int remaining = symbols.Length;
        int taken = 0;
        while (queue.TryDequeue(out (int Position, int MergedId) top, out _))
        {
            if (++taken % StepsBetweenReports == 0)
                work.Spend(StepsBetweenReports);
            int left = top.Position;
            int right = symbols[left] < 0 ? -1 : next[left];
            if (right < 0 || !_model.Merges.TryGetValue(new TokenPair(symbols[left], symbols[right]), out Merge merge) || merge.MergedId != top.MergedId)
                continue;
            symbols[left] = merge.MergedId;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] >= 0)
                previous[next[left]] = left;
            remaining--;
            if (previous[left] >= 0)
                Enqueue(previous[left]);
            Enqueue(left);
        }

        int[] ids = new int[remaining];
        for (int i = 0, count = 0; i >= 0; i = next[i])
            ids[count++] = symbols[i];
        return ids;

        void Enqueue(int position)
        {
            if (next[position] >= 0 && _model.Merges.TryGetValue(new TokenPair(symbols[position], symbols[next[position]]), out Merge merge))
                queue.Enqueue((position, merge.MergedId), ((long)merge.Rank << 32) | (uint)position);
        }
    }
}
