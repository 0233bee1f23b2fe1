using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>The text of a run in parts that share no document: to train on, to score on, to compare on.</summary>
internal sealed record RunTexts(PackedTokenDataset Training, PackedTokenDataset Scoring, PackedTokenDataset HeldOut, PackedTokenDataset? Foreign)
{
    private const double HeldOutShare = 0.08;
    private const int MostHeldOutWindows = 64;
    private const ulong Seed = 1;

    public static RunTexts Load(CompressSettings settings, Tokenizer tokenizer, int sequenceLength, CancellationToken cancellationToken) =>
        Load(settings.Text, settings.HeldOut ?? (settings.Parent is null ? DefaultAssets.ForeignText : null), tokenizer, sequenceLength, cancellationToken);

    /// <param name="text">Text files; empty for the embedded text.</param>
    /// <param name="foreign">A further file to compare on; null for none.</param>
    /// <param name="tokenizer">The parent's tokenizer.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static RunTexts Load(IReadOnlyList<string> text, string? foreign, Tokenizer tokenizer, int sequenceLength, CancellationToken cancellationToken)
    {
        TokenCorpus all = Read(text.Count > 0 ? text : [DefaultAssets.Text], tokenizer, cancellationToken);
        return Divide(all, sequenceLength) with
        {
            Foreign = foreign is null ? null : Limit(TokenCorpus.FromFiles(tokenizer, [foreign], separator: null, cancellationToken).Pack(sequenceLength, Seed)),
        };
    }

    /// <summary>Reads text files; paragraphs are documents where the files hold few of their own.</summary>
    public static TokenCorpus Read(IReadOnlyList<string> files, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        TokenCorpus all = TokenCorpus.FromFiles(tokenizer, files, separator: null, cancellationToken);
        return all.DocumentCount < 8 ? TokenCorpus.FromFiles(tokenizer, files, separator: "\n\n", cancellationToken) : all;
    }

    /// <summary>Divides a corpus into the three parts.</summary>
    public static RunTexts Divide(TokenCorpus all, int sequenceLength)
    {
        (TokenCorpus rest, TokenCorpus heldOut) = all.Split(HeldOutShare, Seed);
        (TokenCorpus training, TokenCorpus scoring) = rest.Split(HeldOutShare, Seed + 1);
        return new RunTexts(training.Pack(sequenceLength, Seed), scoring.Pack(sequenceLength, Seed), Limit(heldOut.Pack(sequenceLength, Seed)), Foreign: null);
    }

    private static PackedTokenDataset Limit(PackedTokenDataset data) => data.Count <= MostHeldOutWindows
        ? data
        : PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, MostHeldOutWindows).Select(window => (IReadOnlyList<int>)data[window].ToArray())], data.VocabularySize, data.Seed);
}
