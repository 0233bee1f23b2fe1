using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Reporting;

/// <summary>Lets parent and child continue the same openings.</summary>
public static class SampleWriter
{
    private const int MostTokens = 80;

    /// <summary>Gets the openings.</summary>
    public static IReadOnlyList<string> Openings { get; } = ["Once upon a time"];

    /// <summary>Writes the texts.</summary>
    /// <param name="tokenizer">The parent's tokenizer.</param>
    /// <param name="parent">The parent.</param>
    /// <param name="child">The child.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    public static Task<IReadOnlyList<SampleText>> WriteAsync(
        Tokenizer tokenizer, CausalLanguageModel parent, CausalLanguageModel child, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(child);
        return Task.Run<IReadOnlyList<SampleText>>(
            () =>
            [
                .. Openings
                    .Where(opening => tokenizer.Encode(opening, cancellationToken: cancellationToken).Length > 0)
                    .Select(opening => new SampleText(opening, Continue(parent, opening), Continue(child, opening))),
            ],
            cancellationToken);

        string Continue(CausalLanguageModel model, string opening)
        {
            int[] prompt = tokenizer.Encode(opening, cancellationToken: cancellationToken);
            if (model.Config.BeginOfTextId is { } begin && prompt[0] != begin)
                prompt = [begin, .. prompt];
            int room = Math.Min(MostTokens, model.Config.MaxPositions - prompt.Length);
            return room < 1
                ? opening
                : tokenizer.Decode([
                    .. prompt,
                    .. TextGeneration.Generate(model, [prompt], new GenerationOptions { MaxNewTokens = room }, cancellationToken)[0]
                ]);
        }
    }
}
