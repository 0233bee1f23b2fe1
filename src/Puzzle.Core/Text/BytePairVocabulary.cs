using System.Text;

namespace Puzzle.Text;

/// <summary>A byte-level vocabulary while it grows: special tokens, then the 256 bytes, then what merges make.</summary>
internal sealed class BytePairVocabulary
{
    private readonly List<string> _tokens = [];
    private readonly List<byte[]> _bytes = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<(string Left, string Right)> _merges = [];
    private readonly int[] _byteIds = new int[256];

    public BytePairVocabulary(IReadOnlyList<string> specialTokens)
    {
        foreach (string token in specialTokens)
            Add(token);
        foreach (char character in ByteLevelAlphabet.InOrder)
            Add(character.ToString());
        for (int value = 0; value < 256; value++)
            _byteIds[value] = _ids[ByteLevelAlphabet.Encode((byte)value).ToString()];
    }

    public int Count => _tokens.Count;

    public IReadOnlyList<string> Tokens => _tokens;

    public IReadOnlyList<(string Left, string Right)> Merges => _merges;

    /// <summary>Gives the ids of a word's UTF-8 bytes.</summary>
    public int[] BytesOf(string word) => [.. Encoding.UTF8.GetBytes(word).Select(value => _byteIds[value])];

    /// <summary>Records a merge and gives the id of what it makes, new unless another merge made the same token.</summary>
    public int Merge(TokenPair pair)
    {
        _merges.Add((_tokens[pair.Left], _tokens[pair.Right]));
        return Add(_tokens[pair.Left] + _tokens[pair.Right]);
    }

    /// <summary>Compares the bytes of two pairs, left token first.</summary>
    public int Compare(TokenPair first, TokenPair second)
    {
        int left = _bytes[first.Left].AsSpan().SequenceCompareTo(_bytes[second.Left]);
        return left != 0 ? left : _bytes[first.Right].AsSpan().SequenceCompareTo(_bytes[second.Right]);
    }

    private int Add(string token)
    {
        if (_ids.TryGetValue(token, out int known))
            return known;
        _ids.Add(token, _tokens.Count);
        _tokens.Add(token);
        List<byte> bytes = [];
        ByteLevelAlphabet.Decode(token, bytes);
        _bytes.Add([.. bytes]);
        return _tokens.Count - 1;
    }
}
