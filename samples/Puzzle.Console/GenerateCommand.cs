using System.CommandLine;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Continues a text with any model, in torch or in ONNX Runtime.</summary>
internal static class GenerateCommand
{
    private static readonly Option<string?> Model = CommonOptions.Model(
        "A Hugging Face folder, for example a child, or an ONNX folder; the embedded parent by default.");
    private static readonly Option<string> Opening = new("--opening")
    {
        Description = "The text to continue.",
        DefaultValueFactory = _ => "Once upon a time",
    };
    private static readonly Option<int> Tokens = CommonOptions.Tokens("The most tokens to make.", 128);
    private static readonly Option<double> Temperature = CommonOptions.SamplingTemperature(0);
    private static readonly Option<int> TopK = CommonOptions.TopK(0);
    private static readonly Option<double> TopP = new("--top-p")
    {
        Description = "Samples from the likeliest tokens of this probability together.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<long> Seed = CommonOptions.Seed("The seed of sampling.");
    private static readonly Option<string> Device = DeviceOption.Create();
    private static readonly Option<string> Engine = OnnxChoices.Engine(), Precision = OnnxChoices.Precision();

    public static Command Create()
    {
        var command = new Command("generate", "Continues a text.\n\n"
            + "Example:\n  puzzle generate --model runs/a/child --opening \"Once upon a time\" --temperature 0.7 --top-k 40")
        {
            Model, Opening, Tokens, Temperature, TopK, TopP, Seed, Engine, Precision, Device,
        };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => Run(parsed, cancellationToken)));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetValue(Model) ?? DefaultAssets.Parent;
        Tokenizer tokenizer = Tokenizer.Load(folder);
        var options = new GenerationOptions
        {
            MaxNewTokens = parsed.GetValue(Tokens),
            Temperature = parsed.GetValue(Temperature),
            TopK = parsed.GetValue(TopK),
            TopP = parsed.GetValue(TopP),
            Seed = parsed.GetValue(Seed),
        };
        if (parsed.GetValue(Engine) == OnnxChoices.OnnxEngine)
        {
            using OnnxModel loaded = OnnxModel.Load(
                folder, OnnxChoices.PrecisionOf(parsed.GetValue(Precision)!), OnnxChoices.SessionOn(parsed.GetValue(Device)!),
                cancellationToken);
            Console.Out.WriteLine(
                TextSample.Continue(tokenizer, loaded.Generator, parsed.GetValue(Opening)!, options, cancellationToken));
        }
        else
        {
            ComputeDevice device = DeviceOption.Of(parsed.GetValue(Device)!);
            using CausalLanguageModel loaded = CausalLanguageModel.Load(folder, device.ParentType, device.Torch, cancellationToken);
            Console.Out.WriteLine(TextSample.Continue(tokenizer, loaded, parsed.GetValue(Opening)!, options, cancellationToken));
        }
    }
}
