using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Measurement.Tasks;
using Puzzle.Native;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Replace-1-block scores by a downstream task (the paper's Half-MMLU): the parent with one block put in answers its questions.
/// Judge the child by other questions, such as the other half of <see cref="MmluHalves"/>.
/// </summary>
/// <remarks>
/// The request's text is not used. The parent's hidden states of all questions are kept for one layer at a time, so a candidate
/// at layer i costs layers i to the last only.
/// </remarks>
public sealed class TaskScorer : IBlockScorer
{
    // 2: recipes name the device.
    private const int Version = 2;
    private readonly DownstreamTask _task;
    private readonly TaskScoringOptions _options;

    /// <summary>Creates the scorer.</summary>
    /// <param name="task">The questions, encoded for the parent's vocabulary.</param>
    /// <param name="options">How; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public TaskScorer(DownstreamTask task, TaskScoringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        (_task, _options) = (task, OptionsCheck.Valid(options));
    }

    /// <summary>Gets the share of right answers.</summary>
    public static ScoreMetric Accuracy { get; } = new("task_accuracy", HigherIsBetter: true, Identity: null);

    /// <summary>Gets the mean log-likelihood of the right choice in nats, normalized as the task says; it moves where accuracy does not
    /// yet.</summary>
    public static ScoreMetric AnswerLogLikelihood { get; } = new("task_log_likelihood", HigherIsBetter: true, Identity: null);

    /// <inheritdoc/>
    public string Settings => $"{OptionsText.Of(this, _options, nameof(TaskScoringOptions.Workers))} {_task.Fingerprint}";

    /// <inheritdoc/>
    public IReadOnlyList<ScoreMetric> Metrics { get; } = [Accuracy, AnswerLogLikelihood];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The choice to put candidates beside has not one block per layer, or the task has a larger
    /// vocabulary or longer sequences than the parent.</exception>
    public async IAsyncEnumerable<BlockScore> ScoreAsync(
        ScoringRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ScoreRecipe.CheckBeside(request);
        TaskEvaluator.RequireFits(_task, request.Parent.Config);
        var pending = new List<BlockVariant>();
        foreach (BlockVariant candidate in request.Candidates)
        {
            if (request.Library.FindScore(candidate.Id, RecipeOf(request, candidate.Layer).Fingerprint) is { } known)
                yield return known;
            else
                pending.Add(candidate);
        }
        if (pending.Count == 0)
            yield break;

        await foreach (BlockScore score
            in ScoreStream.Of((found, stop) => Score(request, pending, found, stop), cancellationToken).ConfigureAwait(false))
            yield return score;
    }

    private Recipe RecipeOf(ScoringRequest request, int layer) =>
        ScoreRecipe.Of("task scores", Version, request, layer).With("Task", _task.Fingerprint).WithOptions(_options);

    // Where memory runs out, those that are left answer fewer questions at once.
    private void Score(ScoringRequest request, List<BlockVariant> pending, Action<BlockScore> found, CancellationToken cancellationToken)
    {
        var scored = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var microBatch = new MicroBatch(
            "Scoring a block by a task", _options.BatchSize,
            sequences => LayerSweep.MemoryOf(request.Parent, _task.LongestSequence)
                .CandidateBytes(sequences, _task.Sequences.Count, hasParent: true));
        microBatch.Run(() =>
        {
            BlockVariant[] left = [.. pending.Where(candidate => !scored.ContainsKey(candidate.Id))];
            Score(request, left, microBatch.Size, score =>
            {
                found(score);
                scored[score.BlockId] = true;
            }, cancellationToken);
            return left.Length;
        });
    }

    private void Score(
        ScoringRequest request, IReadOnlyList<BlockVariant> pending, int batchSize, Action<BlockScore> found,
        CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        IReadOnlyList<TaskBatch> batches = TaskBatch.Of(_task, batchSize);
        using var sweep = new LayerSweep(request, [.. batches.Select(batch => batch.Ids(request.Parent.Device))], _options.Workers)
        {
            MaySplit = batchSize > 1,
        };
        sweep.Run(pending, (candidate, lastHidden) =>
        {
            var tally = new TaskTally(_task);
            for (int batch = 0; batch < batches.Count; batch++)
            {
                using var batchScope = NewDisposeScope();
                batches[batch].Read(request.Parent, lastHidden(batch), tally);
            }
            Recipe recipe = RecipeOf(request, candidate.Layer);
            BlockScore score = ScoreOf(candidate, tally.ToEvaluation(), recipe.Fingerprint);
            request.Library.AddRecipe(recipe);
            request.Library.AddScore(score);
            found(score);
        }, cancellationToken);
    }

    private static BlockScore ScoreOf(BlockVariant candidate, TaskEvaluation evaluation, string fingerprint) => new(
        candidate.Id, candidate.Layer, candidate.Config.Name, fingerprint,
        new Dictionary<string, double>
        {
            [Accuracy.Name] = evaluation.Total.Accuracy,
            [AnswerLogLikelihood.Name] = evaluation.Total.AnswerLogLikelihood,
        },
        new Dictionary<string, IReadOnlyList<double>>
        {
            [Accuracy.Name] = [.. evaluation.Answers.Select(answer => answer.IsRight ? 1.0 : 0)],
            [AnswerLogLikelihood.Name] = [.. evaluation.Answers.Select(answer => answer.AnswerLogLikelihood)],
        });
}
