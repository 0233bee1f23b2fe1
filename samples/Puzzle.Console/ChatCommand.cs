using System.CommandLine;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Continues one line after another.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model")
        {
            Description = "A Hugging Face folder, for example a child; the embedded parent by default.",
        };
        var tokens = new Option<int>("--tokens") { Description = "The most tokens of an answer.", DefaultValueFactory = _ => 120 };
        var temperature = new Option<double>("--temperature")
        {
            Description = "0 takes the likeliest token each time.",
            DefaultValueFactory = _ => 0.7,
        };
        var topK = new Option<int>("--top-k")
        {
            Description = "Samples from so many of the likeliest tokens; 0 from all.",
            DefaultValueFactory = _ => 40,
        };
        var seed = new Option<long>("--seed") { Description = "The seed of the first answer; each further one takes the next." };
        var command = new Command("chat", "Answers line by line with a model, until an empty line.\n\n"
            + "Example:\n  puzzle chat --model runs/a/child") { model, tokens, temperature, topK, seed };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(async () =>
        {
            string folder = parsed.GetValue(model) ?? DefaultAssets.Parent;
            Tokenizer tokenizer = Tokenizer.Load(folder);
            using CausalLanguageModel loaded = CausalLanguageModel.Load(folder);
            long next = parsed.GetValue(seed);
            while (true)
            {
                if (!Console.IsInputRedirected)
                    await Console.Out.WriteAsync("> ");
                if (await Console.In.ReadLineAsync(cancellationToken) is not { Length: > 0 } line)
                    return;
                var options = new GenerationOptions
                {
                    MaxNewTokens = parsed.GetValue(tokens),
                    Temperature = parsed.GetValue(temperature),
                    TopK = parsed.GetValue(topK),
                    Seed = next++,
                };
                await Console.Out.WriteLineAsync(TextSample.Continue(tokenizer, loaded, line, options, cancellationToken));
            }
        }));
        return command;
    }
}
