using System.Text.Json;
using Puzzle.Measurement.Tasks;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Evaluates a model on a downstream task and writes how it did.</summary>
internal static class TaskQuestions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static void Evaluate(
        string folder, string name, string data, int shots, LengthNormalization normalization, bool json, ComputeDevice device,
        CancellationToken cancellationToken)
    {
        if (shots < 0)
            throw new ArgumentException($"--shots {shots}: expected 0 or more.");
        IReadOnlyList<TaskQuestion> questions = name switch
        {
            "mmlu" => MmluReader.Read(data, shots),
            "blimp" => FewShot.PrependFirst(BlimpReader.Read(data), shots),
            "lambada" => FewShot.PrependFirst(LambadaReader.Read(data), shots),
            _ => throw new ArgumentException($"--task {name}: expected mmlu, blimp or lambada."),
        };
        using CausalLanguageModel model = CausalLanguageModel.Load(folder, device.ParentType, device.Torch, cancellationToken);
        DownstreamTask task = DownstreamTask.Create(name, questions, Tokenizer.Load(folder), model.Config, normalization);
        TaskEvaluation evaluation = TaskEvaluator.Evaluate(model, task, cancellationToken: cancellationToken);
        if (task.Shortened > 0)
            Console.Error.WriteLine($"{task.Shortened} of {task.Questions.Count} questions are longer than the model's "
                + $"{model.Config.MaxPositions} positions; they lost their beginning.");
        if (task.Skipped > 0)
            Console.Error.WriteLine($"{task.Skipped} questions are skipped: one of their choices adds no token to its context.");
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new
                {
                    Task = name,
                    evaluation.Total.Questions,
                    evaluation.Total.Accuracy,
                    evaluation.Total.AnswerLogLikelihood,
                    task.Shortened,
                    task.Skipped,
                    evaluation.Categories,
                },
                Json));
            return;
        }
        foreach ((string category, TaskScore score) in evaluation.Categories.Append(new(name, evaluation.Total)))
            Console.Out.WriteLine(
                FormattableString.Invariant($"{category,-56} {score.Questions,6} questions  ")
                + FormattableString.Invariant($"accuracy {score.Accuracy:F4}  log-likelihood {score.AnswerLogLikelihood:F4}"));
    }
}
