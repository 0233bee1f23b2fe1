using System.CommandLine;
using System.Text.Json;
using Puzzle.Deployment.Export;
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
        var text = new TextOptions();
        var task = new Option<string?>("--task") { Description = "A downstream task instead of text: mmlu, blimp or lambada." };
        var questions = new Option<string?>("--data") { Description = "The task's file or folder." };
        var shots = new Option<int>("--shots") { Description = "Solved examples before each question of the task." };
        var normalize = new Option<LengthNormalization>("--normalize") { Description = "What a choice's log-likelihood is divided by." };
        Option<string> precision = OnnxChoices.Precision("fp32", "int8", "int4");
        precision.Description = "Evaluates the model as ONNX Runtime runs it with weights of this kind; on text only.";
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("evaluate", "Evaluates a model on held-out text or a downstream task.\n\n"
            + "Example:\n  puzzle evaluate --model runs/a/child --parent path/to/model --text held-out.txt") { model, parent, task,
            questions, shots, normalize, precision, json };
        text.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(model)!;
            if (parsed.GetValue(task) is { } taskName)
            {
                string path = parsed.GetValue(questions) ?? throw new ArgumentException($"--task {taskName} needs --data.");
                TaskQuestions.Evaluate(
                    folder, taskName, path, parsed.GetValue(shots), parsed.GetValue(normalize), parsed.GetValue(json), cancellationToken);
                return;
            }
            using CausalLanguageModel loaded = Load(folder, OnnxChoices.PrecisionOf(parsed.GetValue(precision)!));
            using CausalLanguageModel? teacher = parsed.GetValue(parent) is { } parentFolder
                ? CausalLanguageModel.Load(parentFolder)
                : null;
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

    private static CausalLanguageModel Load(string folder, OnnxPrecision precision)
    {
        CausalLanguageModel model = CausalLanguageModel.Load(folder);
        if (precision == OnnxPrecision.Float32)
            return model;
        using (model)
            return QuantizedWeights.Simulate(model, new OnnxExportOptions { Precision = precision });
    }
}
