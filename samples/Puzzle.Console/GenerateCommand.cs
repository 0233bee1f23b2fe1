using System.CommandLine;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Continues a text with any model.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "A Hugging Face folder, for example a child; the embedded parent by default." };
        var prompt = new Option<string>("--prompt") { Description = "The opening.", DefaultValueFactory = _ => "Once upon a time" };
        var tokens = new Option<int>("--tokens") { Description = "The most tokens to make.", DefaultValueFactory = _ => 128 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the likeliest token each time." };
        var seed = new Option<long>("--seed") { Description = "The seed of sampling." };
        var command = new Command("generate", "Continues a text.") { model, prompt, tokens, temperature, seed };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(model) ?? DefaultAssets.Parent;
            Tokenizer tokenizer = Tokenizer.Load(folder);
            using CausalLanguageModel loaded = CausalLanguageModel.Load(folder);
            Console.Out.WriteLine(TextSample.Continue(
                tokenizer, loaded, parsed.GetValue(prompt)!,
                new GenerationOptions { MaxNewTokens = parsed.GetValue(tokens), Temperature = parsed.GetValue(temperature), Seed = parsed.GetValue(seed) },
                cancellationToken));
        }));
        return command;
    }
}
