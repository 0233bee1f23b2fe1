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

    /// <summary>Merges symbols, always the lowest rank first and, within a rank, the leftmost pair.</summary>
    private int[] Merge(int[] symbols, TextWork work)
    {
        var chain = new SymbolChain(symbols, _model);
        for (int taken = 1; chain.MergeNext(); taken++)
        {
            if (taken % StepsBetweenReports == 0)
                work.Spend(StepsBetweenReports);
        }
        return chain.ToIds();
    }
}
