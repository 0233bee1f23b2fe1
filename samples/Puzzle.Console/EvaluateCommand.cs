using System.CommandLine;
using System.Text.Json;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Evaluates a model on text or on windows of token ids.</summary>
internal static class EvaluateCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "A Hugging Face folder.", Required = true };
        var parent = new Option<string?>("--parent") { Description = "The parent's folder, for KL divergence and agreement." };
        var text = new TextOptions();
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("evaluate", "Evaluates a model on held-out text.") { model, parent, json };
        text.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(model)!;
            using CausalLanguageModel loaded = CausalLanguageModel.Load(folder);
            using CausalLanguageModel? teacher = parsed.GetValue(parent) is { } parentFolder ? CausalLanguageModel.Load(parentFolder) : null;
            PackedTokenDataset data = text.Load(parsed, folder, loaded.Config, cancellationToken);
            ModelEvaluation quality = ModelEvaluator.Evaluate(loaded, teacher ?? loaded, data, cancellationToken: cancellationToken);
            var values = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["lm_loss"] = quality.LanguageModelLoss,
                ["perplexity"] = quality.Perplexity,
                ["top1"] = quality.Top1,
                ["top5"] = quality.Top5,
                ["top10"] = quality.Top10,
                ["tokens"] = quality.Tokens,
            };
            if (teacher is not null)
            {
                values["kl_div"] = quality.KlDivergence;
                values["agreement"] = quality.Agreement;
            }
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(values, Indented));
            else
                foreach ((string name, double value) in values)
                    Console.Out.WriteLine(FormattableString.Invariant($"{name,-12} {value:G6}"));
        }));
        return command;
    }
}
