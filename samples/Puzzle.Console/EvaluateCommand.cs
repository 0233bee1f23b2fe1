using System.CommandLine;
using System.Text.Json;
using Puzzle.Measurement;
using Puzzle.Measurement.Tasks;
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
        var text = new Option<string[]>("--text") { Description = "UTF-8 text files.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var windows = new Option<string?>("--token-windows") { Description = "A JSON file: an array of arrays of token ids, all of one length." };
        var sequence = new Option<int>("--sequence") { Description = "Tokens of a window of text.", DefaultValueFactory = _ => 256 };
        var task = new Option<string?>("--task") { Description = "A downstream task instead of text: mmlu, blimp or lambada." };
        var questions = new Option<string?>("--data") { Description = "The task's file or folder." };
        var shots = new Option<int>("--shots") { Description = "Solved examples before each question of the task." };
        var normalise = new Option<LengthNormalisation>("--normalise") { Description = "What a choice's log-likelihood is divided by." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("evaluate", "Evaluates a model on held-out text or a downstream task.") { model, parent, text, windows, sequence, task, questions, shots, normalise, json };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(model)!;
            if (parsed.GetValue(task) is { } taskName)
            {
                string path = parsed.GetValue(questions) ?? throw new ArgumentException($"--task {taskName} needs --data.");
                TaskQuestions.Evaluate(folder, taskName, path, parsed.GetValue(shots), parsed.GetValue(normalise), parsed.GetValue(json), cancellationToken);
                return;
            }
            using CausalLanguageModel loaded = CausalLanguageModel.Load(folder);
            using CausalLanguageModel? teacher = parsed.GetValue(parent) is { } parentFolder ? CausalLanguageModel.Load(parentFolder) : null;
            PackedTokenDataset data = parsed.GetValue(windows) is { } file
                ? PackedTokenDataset.FromJson(file, loaded.Config.VocabularySize)
                : parsed.GetValue(text) is { Length: > 0 } files
                    ? TokenCorpus.FromFiles(Tokenizer.Load(folder), files, separator: null, cancellationToken).Pack(Math.Min(parsed.GetValue(sequence), loaded.Config.MaxPositions))
                    : throw new ArgumentException("Give --text or --token-windows.");
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
