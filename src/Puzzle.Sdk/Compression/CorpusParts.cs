using Puzzle.Text;

namespace Puzzle;

/// <summary>A text in parts that share no document: to train on, to score on, to compare on.</summary>
/// <param name="Training">For blockwise and global distillation.</param>
/// <param name="Scoring">For scores.</param>
/// <param name="HeldOut">To compare parent and child on.</param>
public sealed record CorpusParts(PackedTokenDataset Training, PackedTokenDataset Scoring, PackedTokenDataset HeldOut)
{
    /// <summary>The seed of the first split; the second's is the next.</summary>
    public const ulong Seed = 1;

    private const double HeldOutShare = 0.08;

    // So many windows of 256 tokens tell half a percent of accuracy apart.
    private const int MostHeldOutWindows = 64;

    // Fewer documents cannot be split by document: paragraphs are taken for documents.
    private const int FewestDocuments = 8;

    /// <summary>Reads text files and divides them.</summary>
    /// <param name="files">UTF-8 text files.</param>
    /// <param name="tokenizer">The parent's tokenizer.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="ArgumentException">There is too little text for one window in each part.</exception>
    public static CorpusParts Read(
        IReadOnlyList<string> files, Tokenizer tokenizer, int sequenceLength, CancellationToken cancellationToken = default) =>
        Divide(ReadCorpus(files, tokenizer, cancellationToken), sequenceLength);

    /// <summary>Reads text files; paragraphs are documents where the files hold few of their own.</summary>
    /// <param name="files">UTF-8 text files.</param>
    /// <param name="tokenizer">The parent's tokenizer.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static TokenCorpus ReadCorpus(IReadOnlyList<string> files, Tokenizer tokenizer, CancellationToken cancellationToken = default)
    {
        TokenCorpus all = TokenCorpus.FromFiles(tokenizer, files, separator: null, cancellationToken);
        return all.DocumentCount < FewestDocuments ? TokenCorpus.FromFiles(tokenizer, files, separator: "\n\n", cancellationToken) : all;
    }

    /// <summary>Divides a corpus by document.</summary>
    /// <param name="all">The corpus.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    public static CorpusParts Divide(TokenCorpus all, int sequenceLength)
    {
        ArgumentNullException.ThrowIfNull(all);
        (TokenCorpus rest, TokenCorpus heldOut) = all.Split(HeldOutShare, Seed);
        (TokenCorpus training, TokenCorpus scoring) = rest.Split(HeldOutShare, Seed + 1);
        return new CorpusParts(
            training.Pack(sequenceLength, Seed), scoring.Pack(sequenceLength, Seed), Limit(heldOut.Pack(sequenceLength, Seed)));
    }

    /// <summary>Gives the first windows of a text that models are compared on.</summary>
    /// <param name="data">The text.</param>
    public static PackedTokenDataset Limit(PackedTokenDataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count <= MostHeldOutWindows
            ? data
            : PackedTokenDataset.FromWindows(
                [.. Enumerable.Range(0, MostHeldOutWindows).Select(window => (IReadOnlyList<int>)data[window].ToArray())],
                data.VocabularySize, data.Seed);
    }
}
