using Puzzle.Deployment.Generation;
using Puzzle.Models;
using Puzzle.Text;
using Spectre.Console;
using TorchSharp;

namespace Puzzle.ConsoleApp;

/// <summary>The same opening continued by parent and child.</summary>
internal static class TextSample
{
    private const string Opening = "Once upon a time";

    public static async Task ShowAsync(IAnsiConsole console, Tokenizer tokenizer, CausalLanguageModel parent, string childFolder, torch.Device device, CancellationToken cancellationToken)
    {
        using CausalLanguageModel child = CausalLanguageModel.Load(childFolder, device: device);
        foreach ((string name, CausalLanguageModel model) in new[] { ("Parent", parent), ("Child", child) })
        {
            string text = await Task.Run(() => Continue(tokenizer, model, Opening, new GenerationOptions { MaxNewTokens = Math.Min(80, model.Config.MaxPositions / 2) }, cancellationToken), cancellationToken);
            console.MarkupLineInterpolated($"[bold]{name}[/] writes: {text}");
        }
    }

    /// <summary>Continues a text in torch.</summary>
    public static string Continue(Tokenizer tokenizer, CausalLanguageModel model, string opening, GenerationOptions options, CancellationToken cancellationToken)
    {
        int[] prompt = Encode(tokenizer, opening, model.Config.BeginOfTextId);
        return tokenizer.Decode([.. prompt, .. TextGeneration.Generate(model, [prompt], options, cancellationToken)[0]]);
    }

    /// <summary>Continues a text in ONNX Runtime.</summary>
    public static string Continue(Tokenizer tokenizer, OnnxTextGenerator model, string opening, GenerationOptions options, CancellationToken cancellationToken)
    {
        int[] prompt = Encode(tokenizer, opening, model.BeginOfTextId);
        return tokenizer.Decode([.. prompt, .. model.Generate([prompt], options, cancellationToken)[0]]);
    }

    private static int[] Encode(Tokenizer tokenizer, string opening, int? beginOfTextId)
    {
        int[] prompt = tokenizer.Encode(opening);
        return beginOfTextId is { } begin && (prompt.Length == 0 || prompt[0] != begin) ? [begin, .. prompt] : prompt;
    }
}
