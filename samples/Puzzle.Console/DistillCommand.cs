using System.CommandLine;
using Puzzle.Distillation.Global;

namespace Puzzle.ConsoleApp;

/// <summary>Heals a child by global distillation and saves the result.</summary>
internal static class DistillCommand
{
    public static Command Create()
    {
        var defaults = new GlobalDistillationOptions();
        var parent = new Option<string?>("--parent") { Description = "The teacher's Hugging Face folder; the embedded parent by default." };
        var child = new Option<string>("--child") { Description = "The student's folder; it is not changed.", Required = true };
        var text = new Option<string[]>("--text")
        {
            Description = "UTF-8 text files to distil on.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var dataFree = new Option<bool>("--data-free") { Description = "Distil on text that the parent writes itself." };
        var tokens = new Option<int>("--tokens")
        {
            Description = "Tokens that the parent writes with --data-free.",
            DefaultValueFactory = _ => 200_000,
        };
        var work = new Option<string>("--work")
        {
            Description = "The work folder; run again with the same one to resume. The result is its folder 'child'.",
            Required = true,
        };
        var steps = new Option<int>("--gkd-steps") { Description = "Optimizer steps.", DefaultValueFactory = _ => 80 };
        var sequence = new Option<int>("--sequence") { Description = "Tokens of a window of text.", DefaultValueFactory = _ => 256 };
        var kl = new Option<double>("--kl")
        {
            Description = "Weight of the KL divergence of the next-token distributions.",
            DefaultValueFactory = _ => defaults.KlWeight,
        };
        var cosine = new Option<double>("--cosine")
        {
            Description = "Weight of the cosine loss over hidden states.",
            DefaultValueFactory = _ => defaults.CosineWeight,
        };
        var languageModel = new Option<double>("--lm")
        {
            Description = "Weight of the next-token loss.",
            DefaultValueFactory = _ => defaults.LanguageModelWeight,
        };
        var temperature = new Option<double>("--temperature")
        {
            Description = "Temperature of both distributions in the KL divergence.",
            DefaultValueFactory = _ => defaults.Temperature,
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print one JSON object to standard output and everything else to standard error.",
        };
        var command = new Command("distill", "Heals a child by global distillation from its parent.\n\n"
            + "Example:\n  puzzle distill --parent path/to/model --child runs/a/child --text corpus.txt --work runs/healed")
        {
            parent, child, text, dataFree, tokens, work, steps, sequence, kl, cosine, languageModel, temperature, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = parsed.GetValue(work)!;
            return CommandErrors.GuardAsync(
                () => new DistillRun(
                    new DistillSettings(
                        parsed.GetValue(parent) ?? DefaultAssets.Parent, parsed.GetValue(child)!, parsed.GetValue(text)!,
                        parsed.GetValue(dataFree)
                            ? parsed.GetValue(tokens)
                            : null, folder, parsed.GetValue(sequence), parsed.GetValue(json)),
                    new GlobalDistillationOptions
                    {
                        Steps = parsed.GetValue(steps),
                        KlWeight = parsed.GetValue(kl),
                        CosineWeight = parsed.GetValue(cosine),
                        LanguageModelWeight = parsed.GetValue(languageModel),
                        Temperature = parsed.GetValue(temperature),
                    }).RunAsync(cancellationToken),
                () => $"Stopped. Everything made so far is kept; continue with the same options and --work {folder}");
        });
        return command;
    }
}
