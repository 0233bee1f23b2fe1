using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>The text of a run in parts that share no document, and a further text to compare on.</summary>
internal sealed record RunTexts(CorpusParts Parts, PackedTokenDataset? Foreign)
{
    public PackedTokenDataset Training => Parts.Training;

    public PackedTokenDataset Scoring => Parts.Scoring;

    public PackedTokenDataset HeldOut => Parts.HeldOut;

    public static RunTexts Load(CompressSettings settings, Tokenizer tokenizer, int sequenceLength, CancellationToken cancellationToken) =>
        Load(
            settings.Text, settings.HeldOut ?? (settings.Parent is null ? DefaultAssets.ForeignText : null), tokenizer, sequenceLength,
            cancellationToken);

    /// <param name="text">Text files; empty for the embedded text.</param>
    /// <param name="foreign">A further file to compare on; null for none.</param>
    /// <param name="tokenizer">The parent's tokenizer.</param>
    /// <param name="sequenceLength">Tokens of a window.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static RunTexts Load(
        IReadOnlyList<string> text, string? foreign, Tokenizer tokenizer, int sequenceLength, CancellationToken cancellationToken) => new(
        CorpusParts.Divide(Read(text.Count > 0 ? text : [DefaultAssets.Text], tokenizer, cancellationToken), sequenceLength),
        foreign is null
            ? null
            : CorpusParts.Limit(
                TokenCorpus.FromFiles(tokenizer, [foreign], separator: null, cancellationToken).Pack(sequenceLength, CorpusParts.Seed)));

    /// <summary>Reads text files; paragraphs are documents where the files hold few of their own.</summary>
    public static TokenCorpus Read(IReadOnlyList<string> files, Tokenizer tokenizer, CancellationToken cancellationToken) =>
        CorpusParts.ReadCorpus(files, tokenizer, cancellationToken);

    /// <summary>Divides a corpus into the three parts.</summary>
    public static RunTexts Divide(TokenCorpus all, int sequenceLength) => new(CorpusParts.Divide(all, sequenceLength), null);
}
