using Puzzle.Deployment.Generation;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Continues a text with a model, in either engine.</summary>
internal static class TextSample
{
    /// <summary>Continues a text in torch.</summary>
    public static string Continue(
        Tokenizer tokenizer, CausalLanguageModel model, string opening, GenerationOptions options, CancellationToken cancellationToken)
    {
        int[] prompt = Encode(tokenizer, opening, model.Config.BeginOfTextId);
        return tokenizer.Decode([.. prompt, .. TextGeneration.Generate(model, [prompt], options, cancellationToken)[0]]);
    }

    /// <summary>Continues a text in ONNX Runtime.</summary>
    public static string Continue(
        Tokenizer tokenizer, OnnxTextGenerator model, string opening, GenerationOptions options, CancellationToken cancellationToken)
    {
        int[] prompt = Encode(tokenizer, opening, model.BeginOfTextId);
        return tokenizer.Decode([.. prompt, .. model.Generate([prompt], options, cancellationToken)[0]]);
    }

    private static int[] Encode(Tokenizer tokenizer, string opening, int? beginOfTextId)
    {
        int[] prompt = tokenizer.Encode(opening);
        return tokenizer.StartsTexts && beginOfTextId is { } begin && (prompt.Length == 0 || prompt[0] != begin)
            ? [begin, .. prompt]
            : prompt;
    }
}
