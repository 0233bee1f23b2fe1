namespace Puzzle.Measurement.Tasks;

/// <summary>
/// A question of a downstream task: which continuation of a text is right. With several choices the model answers with the
/// likeliest; with a single one it has to predict it, token by token, as its first choice (LAMBADA).
/// </summary>
/// <param name="Context">The text to continue; may be empty.</param>
/// <param name="Choices">The continuations exactly as they follow the context, their leading space included.</param>
/// <param name="Answer">The index of the right one.</param>
/// <param name="Category">The part of the task it belongs to: a subject of MMLU, a paradigm of BLiMP.</param>
public sealed record TaskQuestion(string Context, IReadOnlyList<string> Choices, int Answer, string Category)
{
    /// <summary>Gets what the model reads before the context: an instruction, then solved examples; empty by default.</summary>
    public string Preamble { get; init; } = "";
}
