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

    /// <summary>Continues a text.</summary>
    public static string Continue(Tokenizer tokenizer, CausalLanguageModel model, string opening, GenerationOptions options, CancellationToken cancellationToken)
    {
        int[] prompt = tokenizer.Encode(opening);
        if (model.Config.BeginOfTextId is { } begin && (prompt.Length == 0 || prompt[0] != begin))
            prompt = [begin, .. prompt];
        int[] made = TextGeneration.Generate(model, [prompt], options, cancellationToken)[0];
        return tokenizer.Decode([.. prompt, .. made]);
    }
}
