using System.Runtime.InteropServices;

namespace Puzzle.Text;

/// <summary>Keeps the frequency of every neighboring pair in a set of words, and updates it as pairs merge.</summary>
internal sealed class PairCounter
{
    private readonly BytePairVocabulary _vocabulary;
    private readonly int[][] _words;
    private readonly long[] _wordCounts;
    private readonly Dictionary<TokenPair, long> _counts = [];
    private readonly Dictionary<TokenPair, HashSet<int>> _wordsWith = [];
    private readonly PriorityQueue<TokenPair, (long Count, TokenPair Pair)> _queue;

    public PairCounter(BytePairVocabulary vocabulary, Dictionary<string, long> words)
    {
        _vocabulary = vocabulary;
        _words = [.. words.Keys.Select(vocabulary.BytesOf)];
        _wordCounts = [.. words.Values];
        _queue = new PriorityQueue<TokenPair, (long Count, TokenPair Pair)>(Comparer<(long Count, TokenPair Pair)>.Create(
            (first, second) =>
                first.Count != second.Count ? second.Count.CompareTo(first.Count) : vocabulary.Compare(second.Pair, first.Pair)));
        for (int word = 0; word < _words.Length; word++)
            Count(word, sign: 1);
        foreach ((TokenPair pair, long count) in _counts)
            _queue.Enqueue(pair, (count, pair));
    }

    /// <summary>Merges the most frequent pair everywhere; false when no word has two tokens left.</summary>
    public bool TryMergeMostFrequent()
    {
        while (_queue.TryDequeue(out TokenPair pair, out (long Count, TokenPair Pair) queued))
        {
            // An entry is stale when the count has changed since; every change has queued a newer one.
            if (_counts.GetValueOrDefault(pair) != queued.Count)
                continue;
            Merge(pair, _vocabulary.Merge(pair));
            return true;
        }
        return false;
    }

    private void Merge(TokenPair pair, int merged)
    {
        var changed = new HashSet<TokenPair>();
        foreach (int word in _wordsWith[pair].ToArray())
        {
            Count(word, sign: -1, changed);
            _words[word] = Replace(_words[word], pair, merged);
            Count(word, sign: 1, changed);
        }
        foreach (TokenPair other in changed)
        {
            if (_counts.TryGetValue(other, out long count))
                _queue.Enqueue(other, (count, other));
        }
    }

    private void Count(int word, int sign, HashSet<TokenPair>? changed = null)
    {
        int[] tokens = _words[word];
        for (int i = 0; i + 1 < tokens.Length; i++)
        {
            var pair = new TokenPair(tokens[i], tokens[i + 1]);
            changed?.Add(pair);
            ref long count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _);
            count += sign * _wordCounts[word];
            if (count == 0)
                _counts.Remove(pair);
            ref HashSet<int>? words = ref CollectionsMarshal.GetValueRefOrAddDefault(_wordsWith, pair, out _);
            words ??= [];
            if (sign > 0)
                words.Add(word);
            else
                words.Remove(word);
        }
    }

    private static int[] Replace(int[] tokens, TokenPair pair, int merged)
    {
        var replaced = new List<int>(tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            bool isPair = i + 1 < tokens.Length && tokens[i] == pair.Left && tokens[i + 1] == pair.Right;
            replaced.Add(isPair ? merged : tokens[i]);
            if (isPair)
                i++;
        }
        return [.. replaced];
    }
}
