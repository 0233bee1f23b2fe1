using System.CommandLine;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Continues a text with any model, in torch or in ONNX Runtime.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model")
        {
            Description = "A Hugging Face folder, for example a child, or an ONNX folder; the embedded parent by default.",
        };
        var opening = new Option<string>("--opening")
        {
            Description = "The text to continue.",
            DefaultValueFactory = _ => "Once upon a time",
        };
        var tokens = new Option<int>("--tokens") { Description = "The most tokens to make.", DefaultValueFactory = _ => 128 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the likeliest token each time." };
        var topK = new Option<int>("--top-k") { Description = "Samples from so many of the likeliest tokens; 0 from all." };
        var topP = new Option<double>("--top-p")
        {
            Description = "Samples from the likeliest tokens of this probability together.",
            DefaultValueFactory = _ => 1,
        };
        var seed = new Option<long>("--seed") { Description = "The seed of sampling." };
        Option<string> engine = OnnxChoices.Engine(), precision = OnnxChoices.Precision("fp32", "int8", "int4");
        var command = new Command("generate", "Continues a text.\n\n"
            + "Example:\n  puzzle generate --model runs/a/child --opening \"Once upon a time\" --temperature 0.7 --top-k 40") { model,
            opening, tokens, temperature, topK, topP, seed, engine, precision };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(model) ?? DefaultAssets.Parent;
            Tokenizer tokenizer = Tokenizer.Load(folder);
            var options = new GenerationOptions
            {
                MaxNewTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature),
                TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP),
                Seed = parsed.GetValue(seed),
            };
            if (parsed.GetValue(engine) == OnnxChoices.OnnxEngine)
            {
                using OnnxModel loaded = OnnxModel.Load(folder, OnnxChoices.PrecisionOf(parsed.GetValue(precision)!), cancellationToken);
                Console.Out.WriteLine(
                    TextSample.Continue(tokenizer, loaded.Generator, parsed.GetValue(opening)!, options, cancellationToken));
            }
            else
            {
                using CausalLanguageModel loaded = CausalLanguageModel.Load(folder);
                Console.Out.WriteLine(TextSample.Continue(tokenizer, loaded, parsed.GetValue(opening)!, options, cancellationToken));
            }
        }));
        return command;
    }
}
