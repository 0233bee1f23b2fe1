using System.CommandLine;
using System.Text.Json;
using Puzzle.Deployment.Export;
using Puzzle.Measurement;
using Puzzle.Measurement.Tasks;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Evaluates a model on text or on windows of token ids.</summary>
internal static class EvaluateCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Option<string> Model = CommonOptions.RequiredModel("A Hugging Face folder.");
    private static readonly Option<string?> Parent = CommonOptions.Parent("The parent's folder, for KL divergence and agreement.");
    private static readonly Option<string?> Task = new("--task")
    {
        Description = "A downstream task instead of text: mmlu, blimp or lambada.",
    };
    private static readonly Option<string?> Questions = new("--data") { Description = "The task's file or folder." };
    private static readonly Option<int> Shots = new("--shots") { Description = "Solved examples before each question of the task." };
    private static readonly Option<LengthNormalization> Normalize = new("--normalize")
    {
        Description = "What a choice's log-likelihood is divided by.",
    };
    private static readonly Option<string> Precision = OnnxChoices.Precision(
        "Evaluates the model as ONNX Runtime runs it with weights of this kind; on text only.", "fp32", "int8", "int4");
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<string> Device = DeviceOption.Create();
    private static readonly TextOptions Text = new();

    public static Command Create()
    {
        var command = new Command("evaluate", "Evaluates a model on held-out text or a downstream task.\n\n"
            + "Example:\n  puzzle evaluate --model runs/a/child --parent path/to/model --text held-out.txt")
        {
            Model, Parent, Task, Questions, Shots, Normalize, Precision, Json, Device,
        };
        Text.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => Run(parsed, cancellationToken)));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Task) is { } task)
        {
            string path = parsed.GetValue(Questions) ?? throw new ArgumentException($"--task {task} needs --data.");
            TaskQuestions.Evaluate(
                parsed.GetValue(Model)!, task, path, parsed.GetValue(Shots), parsed.GetValue(Normalize), parsed.GetValue(Json),
                DeviceOption.Of(parsed.GetValue(Device)!), cancellationToken);
            return;
        }
        SortedDictionary<string, double> values = OnText(parsed, cancellationToken);
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(values, Indented));
            return;
        }
        foreach ((string name, double value) in values)
            Console.Out.WriteLine(FormattableString.Invariant($"{name,-12} {value:G6}"));
    }

    private static SortedDictionary<string, double> OnText(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetValue(Model)!;
        ComputeDevice device = DeviceOption.Of(parsed.GetValue(Device)!);
        using CausalLanguageModel model = Load(folder, OnnxChoices.PrecisionOf(parsed.GetValue(Precision)!), device, cancellationToken);
        using CausalLanguageModel? parent = parsed.GetValue(Parent) is { } path
            ? CausalLanguageModel.Load(path, device.ParentType, device.Torch, cancellationToken)
            : null;
        PackedTokenDataset data = Text.Load(parsed, folder, model.Config, cancellationToken);
        ModelEvaluation quality = ModelEvaluator.Evaluate(model, parent ?? model, data, cancellationToken: cancellationToken);
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["lm_loss"] = quality.LanguageModelLoss,
            ["perplexity"] = quality.Perplexity,
            ["top1"] = quality.Top1,
            ["top5"] = quality.Top5,
            ["top10"] = quality.Top10,
            ["tokens"] = quality.Tokens,
        };
        if (parent is not null)
        {
            values["kl_div"] = quality.KlDivergence;
            values["agreement"] = quality.Agreement;
        }
        return values;
    }

    private static CausalLanguageModel Load(
        string folder, OnnxPrecision precision, ComputeDevice device, CancellationToken cancellationToken)
    {
        CausalLanguageModel model = CausalLanguageModel.Load(folder, device.ParentType, device.Torch, cancellationToken);
        if (precision == OnnxPrecision.Float32)
            return model;
        using (model)
            return QuantizedWeights.Simulate(model, new OnnxExportOptions { Precision = precision });
    }
}
