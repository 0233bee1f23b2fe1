using Puzzle.Foundation;
using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Trains a byte-level byte-pair vocabulary with GPT-2's word pattern. Deterministic.</summary>
/// <remarks>
/// Each step merges the most frequent pair; among equally frequent pairs, the one whose bytes compare greatest,
/// left token first.
/// </remarks>
public static class BytePairTrainer
{
    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts; special tokens in them separate parts and are not learned from.</param>
    /// <param name="options">The vocabulary to make, or null for the defaults.</param>
    /// <param name="cancellationToken">Checked between texts and between merges.</param>
    /// <returns>A tokenizer, whose <see cref="Tokenizer.Save"/> writes an ordinary Hugging Face <c>tokenizer.json</c>.</returns>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">There is no text.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, BytePairTrainerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options = OptionsCheck.Valid(options);

        AddedToken[] special = [.. options.SpecialTokens.Select((content, id) => new AddedToken(id, content, IsSpecial: true))];
        Dictionary<string, long> words = CountWords(texts, special, cancellationToken);
        if (words.Count == 0)
            throw new ArgumentException("There is no text to train on.", nameof(texts));

        var vocabulary = new BytePairVocabulary(options.SpecialTokens);
        var pairs = new PairCounter(vocabulary, words);
        while (vocabulary.Count < options.VocabularySize && pairs.TryMergeMostFrequent())
            cancellationToken.ThrowIfCancellationRequested();
        return new TokenizerDocument
        {
            Vocabulary = vocabulary.Tokens,
            Merges = vocabulary.Merges,
            AddedTokens = [.. special],
            PreTokenizer = TokenizerDocument.ByteLevel(),
            Decoder = TokenizerDocument.ByteLevel(),
            BeginOfText = options.BeginOfText ?? options.EndOfText,
            EndOfText = options.EndOfText,
            EncodesBeginOfText = options.BeginOfText is not null,
        }.ToTokenizer();
    }

    private static Dictionary<string, long> CountWords(
        IEnumerable<string> texts, IReadOnlyList<AddedToken> specialTokens, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var special = new AddedTokenFinder(specialTokens.Select(token => (token.Content, token)));
        var spans = new List<TextSpan>();
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var work = new TextWork("the text", text.Length, cancellationToken);
            foreach ((int start, int end, AddedToken? token) in special.Split(text, work))
            {
                if (token is not null)
                    continue;
                string part = text[start..end];
                spans.Clear();
                ByteLevelStep.Words.Split(part, spans, work);
                foreach (TextSpan span in spans)
                {
                    ReadOnlySpan<char> word = part.AsSpan(span.Start, span.End - span.Start);
                    lookup[word] = lookup.TryGetValue(word, out long count) ? count + 1 : 1;
                }
            }
        }
        return counts;
    }
}
