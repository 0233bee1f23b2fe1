using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Measurement.Tasks;

/// <summary>Puts the questions of a downstream task to a model: which choice does it find likeliest?</summary>
public static class TaskEvaluator
{
    /// <summary>Evaluates a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The questions, encoded for this model's vocabulary.</param>
    /// <param name="batchSize">Sequences computed together; results depend on it in their last bits only.</param>
    /// <param name="workers">Batches computed side by side; one per processor if null. The result does not depend on it.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The task has a larger vocabulary or longer sequences than the model.</exception>
    public static TaskEvaluation Evaluate(
        CausalLanguageModel model, DownstreamTask task, int batchSize = 16, int? workers = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        RequireFits(task, model.Config);
        TorchRuntime.Initialize();
        IReadOnlyList<TaskBatch> batches = TaskBatch.Of(task, batchSize);
        var tally = new TaskTally(task);
        int done = 0;
        TorchWorkers.ForEach(TorchWorkers.On(model.Device, workers ?? TorchWorkers.Default), batches, batch =>
        {
            using var noGradients = no_grad();
            batch.Read(model, model.LastHidden(batch.Ids(model.Device)), tally);
            progress?.Report(Interlocked.Increment(ref done) / (double)batches.Count);
        }, cancellationToken);
        return tally.ToEvaluation();
    }

    /// <summary>Checks that a model of this shape can read the task.</summary>
    internal static void RequireFits(DownstreamTask task, ModelConfig model)
    {
        VocabularyCheck.Require($"The task {task.Name}", task.VocabularySize, model, nameof(task));
        if (task.LongestSequence > model.MaxPositions)
            throw new ArgumentException($"The task {task.Name} has sequences of {task.LongestSequence} tokens; the model holds " +
                $"{model.MaxPositions} positions.", nameof(task));
    }
}
