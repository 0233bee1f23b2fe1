using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>Encoded documents, before they are packed into windows. Immutable.</summary>
public sealed class TokenCorpus
{
    private readonly int[] _ids;
    private readonly int[] _ends;
    private readonly int _vocabularySize;

    private TokenCorpus(int[] ids, int[] ends, int vocabularySize)
    {
        _ids = ids;
        _ends = ends;
        _vocabularySize = vocabularySize;
    }

    /// <summary>Gets the number of documents.</summary>
    public int DocumentCount => _ends.Length;

    /// <summary>Gets the number of ids in all documents, boundary tokens included.</summary>
    public int TokenCount => _ids.Length;

    /// <summary>Gets the ids of a document with its boundary token.</summary>
    /// <param name="document">The document's position, from 0.</param>
    public ReadOnlySpan<int> this[int document]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(document);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(document, DocumentCount);
            int start = document == 0 ? 0 : _ends[document - 1];
            return _ids.AsSpan(start, _ends[document] - start);
        }
    }

    /// <summary>Encodes the documents of UTF-8 text files.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="files">The files, in order.</param>
    /// <param name="separator">What separates documents besides <see cref="TextDocuments.EndOfText"/>; null when the rest of a file is one
    /// document.</param>
    /// <param name="cancellationToken">Checked while a document is encoded too.</param>
    /// <exception cref="CheckpointFormatException">A file is missing, is not UTF-8, or holds no text.</exception>
    public static TokenCorpus FromFiles(
        Tokenizer tokenizer, IEnumerable<string> files, string? separator = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return FromTexts(tokenizer, files.SelectMany(file => ReadNotEmpty(file, separator, cancellationToken)), cancellationToken);
    }

    /// <summary>Encodes documents.</summary>
    /// <remarks>
    /// Each document is marked by one boundary token: the beginning-of-text token before it where the tokenizer has one
    /// of its own and starts texts with it, else the end-of-text token after it.
    /// </remarks>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="documents">The documents, in order.</param>
    /// <param name="cancellationToken">Checked while a document is encoded too.</param>
    /// <exception cref="ArgumentException">There is no text, or more than an array can hold.</exception>
    public static TokenCorpus FromTexts(Tokenizer tokenizer, IEnumerable<string> documents, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(documents);
        return FromIds(
            documents.Select(document => tokenizer.Encode(document, addSpecialTokens: false, cancellationToken)),
            tokenizer.StartsTexts ? tokenizer.BeginOfTextId : null, tokenizer.EndOfTextId, tokenizer.VocabularySize, cancellationToken);
    }

    /// <summary>Takes encoded documents without special tokens; empty ones are left out.</summary>
    internal static TokenCorpus FromIds(
        IEnumerable<int[]> documents, int? beginOfText, int? endOfText, int vocabularySize, CancellationToken cancellationToken = default)
    {
        int? before = beginOfText == endOfText ? null : beginOfText;
        int? after = before is null ? endOfText : null;
        var ids = new List<int>();
        var ends = new List<int>();
        foreach (int[] encoded in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (encoded.Length == 0)
                continue;
            if (ids.Count > Array.MaxLength - encoded.Length - 1)
                throw new ArgumentException($"The texts have more than {Array.MaxLength} tokens.", nameof(documents));
            if (before is int begin)
                ids.Add(begin);
            ids.AddRange(encoded);
            if (after is int end)
                ids.Add(end);
            ends.Add(ids.Count);
        }
        return ends.Count > 0
            ? new TokenCorpus([.. ids], [.. ends], vocabularySize)
            : throw new ArgumentException("There is no text.", nameof(documents));
    }

    /// <summary>Divides the corpus into a part to train on and a part held out, which share no document.</summary>
    /// <remarks>
    /// Which documents are held out depends on their content and the seed, not on their order, and equal documents stay
    /// together, so nothing leaks. A corpus of one distinct document is cut in two instead: its end is held out.
    /// </remarks>
    /// <param name="heldOutFraction">The share of tokens to hold out, above 0 and below 1. Whole documents are held out until the share is
    /// reached; at least one is left to train on.</param>
    /// <param name="seed">Chooses the documents.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">The corpus is too small to divide.</exception>
    public (TokenCorpus Training, TokenCorpus HeldOut) Split(double heldOutFraction, ulong seed = 0)
    {
        return HeldOutSelection.Choose(DocumentCount, document => this[document], heldOutFraction, seed) is bool[] heldOut
            ? (Select(document => !heldOut[document]), Select(document => heldOut[document]))
            : SplitTail((int)Math.Ceiling(heldOutFraction * TokenCount));
    }

    /// <summary>Joins all documents and cuts them into windows; what does not fill the last window is left out.</summary>
    /// <param name="sequenceLength">Tokens per window, at least 2.</param>
    /// <param name="seed">Decides the order in which batches visit the windows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 2.</exception>
    /// <exception cref="InvalidOperationException">The corpus does not fill a single window.</exception>
    public PackedTokenDataset Pack(int sequenceLength, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 2);
        int count = TokenCount / sequenceLength;
        if (count == 0)
            throw new InvalidOperationException($"The text has {TokenCount} tokens, too few for one window of {sequenceLength}.");
        return new PackedTokenDataset(_ids[..(count * sequenceLength)], sequenceLength, _vocabularySize, seed);
    }

    private static IEnumerable<string> ReadNotEmpty(string file, string? separator, CancellationToken cancellationToken)
    {
        bool any = false;
        foreach (string document in TextDocuments.Read(file, separator, cancellationToken))
        {
            any = true;
            yield return document;
        }
        if (!any)
            throw new CheckpointFormatException(file, "the file holds no text");
    }

    private (TokenCorpus Training, TokenCorpus HeldOut) SplitTail(int wanted)
    {
        int cut = TokenCount - wanted;
        if (cut == 0)
            throw new InvalidOperationException($"A text of {TokenCount} tokens is too small to divide.");
        return (
            new TokenCorpus(_ids[..cut], [cut], _vocabularySize),
            new TokenCorpus(_ids[cut..], [wanted], _vocabularySize));
    }

    private TokenCorpus Select(Func<int, bool> isChosen)
    {
        var ids = new List<int>();
        var ends = new List<int>();
        for (int document = 0; document < DocumentCount; document++)
        {
            if (!isChosen(document))
                continue;
            ids.AddRange(this[document]);
            ends.Add(ids.Count);
        }
        return new TokenCorpus([.. ids], [.. ends], _vocabularySize);
    }
}
