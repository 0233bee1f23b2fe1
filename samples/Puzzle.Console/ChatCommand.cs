using System.CommandLine;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Continues one line after another.</summary>
internal static class ChatCommand
{
    private static readonly Option<string?> Model = CommonOptions.Model(
        "A Hugging Face folder, for example a child; the embedded parent by default.");
    private static readonly Option<int> Tokens = CommonOptions.Tokens("The most tokens of an answer.", 120);
    private static readonly Option<double> Temperature = CommonOptions.SamplingTemperature(0.7);
    private static readonly Option<int> TopK = CommonOptions.TopK(40);
    private static readonly Option<long> Seed = CommonOptions.Seed("The seed of the first answer; each further one takes the next.");

    private static readonly Option<string> Device = DeviceOption.Create();

    public static Command Create()
    {
        var command = new Command("chat", "Answers line by line with a model, until an empty line.\n\n"
            + "Example:\n  puzzle chat --model runs/a/child")
        {
            Model, Tokens, Temperature, TopK, Seed, Device,
        };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetValue(Model) ?? DefaultAssets.Parent;
        Tokenizer tokenizer = Tokenizer.Load(folder);
        ComputeDevice device = DeviceOption.Of(parsed.GetValue(Device)!);
        using CausalLanguageModel loaded = CausalLanguageModel.Load(folder, device.ParentType, device.Torch, cancellationToken);
        long next = parsed.GetValue(Seed);
        while (true)
        {
            if (!Console.IsInputRedirected)
                await Console.Out.WriteAsync("> ");
            if (await Console.In.ReadLineAsync(cancellationToken) is not { Length: > 0 } line)
                return;
            var options = new GenerationOptions
            {
                MaxNewTokens = parsed.GetValue(Tokens),
                Temperature = parsed.GetValue(Temperature),
                TopK = parsed.GetValue(TopK),
                Seed = next++,
            };
            await Console.Out.WriteLineAsync(TextSample.Continue(tokenizer, loaded, line, options, cancellationToken));
        }
    }
}
