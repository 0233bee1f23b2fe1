using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>Evaluates models on held-out text: the last stage, and the held-out loss of distillation.</summary>
public static class ModelEvaluator
{
    private static readonly ScoreMetric[] OwnMetrics = [
        ScoreMetric.LanguageModelLoss, ScoreMetric.Top1, ScoreMetric.Top5, ScoreMetric.Top10
    ];

    /// <summary>Evaluates a model against its parent; both are run on every window, a chunk of logits at a time.</summary>
    /// <param name="model">The model; the parent itself is allowed.</param>
    /// <param name="parent">The parent, of the same vocabulary.</param>
    /// <param name="data">Held-out windows.</param>
    /// <param name="workers">Windows computed side by side; one per processor if null. The result does not depend on it.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    public static ModelEvaluation Evaluate(
        CausalLanguageModel model, CausalLanguageModel parent, PackedTokenDataset data,
        int? workers = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(data);
        return Evaluate(model, parent, known: null, data, workers, progress, cancellationToken);
    }

    /// <summary>The same against a parent whose states on these windows are known.</summary>
    internal static ModelEvaluation Evaluate(
        CausalLanguageModel model, ParentStates parent, PackedTokenDataset data, int workers, CancellationToken cancellationToken) =>
        Evaluate(model, parent.Parent, parent, data, workers, progress: null, cancellationToken);

    /// <summary>Gives the sum of KL(parent || model) over each window's positions: what processes that share an evaluation give each
    /// other.</summary>
    internal static double[] KlSums(
        CausalLanguageModel model, ParentStates parent, PackedTokenDataset data, int workers, CancellationToken cancellationToken)
    {
        WindowMetrics metrics = MetricsOf(isParent: false);
        int kl = metrics.Metrics.ToList().IndexOf(ScoreMetric.KlDivergence);
        return [.. Sums(model, parent.Parent, parent, metrics, data, workers, progress: null, cancellationToken).Select(sums => sums[kl])];
    }

    /// <summary>Gives the mean KL(parent || model) of windows from their sums.</summary>
    internal static double MeanKl(IReadOnlyList<double> sums, int sequenceLength) =>
        sums.Sum() / ((double)sums.Count * WindowMetrics.Positions(ScoreMetric.KlDivergence, sequenceLength));

    private static ModelEvaluation Evaluate(
        CausalLanguageModel model, CausalLanguageModel parent, ParentStates? known, PackedTokenDataset data, int? workers,
        IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (model.Config.VocabularySize != parent.Config.VocabularySize)
            throw new ArgumentException(
                $"The model has a vocabulary of {model.Config.VocabularySize} tokens; the parent's is {parent.Config.VocabularySize}.",
                nameof(model));
        VocabularyCheck.Require("The text", data.VocabularySize, model.Config, nameof(data));
        if (!DeviceName.IsSame(model.Device, parent.Device))
            throw new ArgumentException($"The model is on {model.Device}, the parent on {parent.Device}: load both on one device.");
        TorchRuntime.Initialize();
        bool isParent = ReferenceEquals(model, parent);
        WindowMetrics metrics = MetricsOf(isParent);
        double[][] sums = Sums(model, parent, known, metrics, data, workers ?? TorchWorkers.Default, progress, cancellationToken);
        double[] means = [.. metrics.Metrics.Select((metric, i) =>
            sums.Sum(window => window[i]) / ((double)data.Count * WindowMetrics.Positions(metric, data.SequenceLength)))];
        return new ModelEvaluation(
            means[0], means[1], means[2], means[3],
            KlDivergence: isParent ? 0 : means[4], Agreement: isParent ? 1 : means[5],
            Tokens: (long)data.Count * (data.SequenceLength - 1));
    }

    private static WindowMetrics MetricsOf(bool isParent) =>
        new(isParent ? OwnMetrics : [.. OwnMetrics, ScoreMetric.KlDivergence, ScoreMetric.Agreement]);

    private static double[][] Sums(
        CausalLanguageModel model, CausalLanguageModel parent, ParentStates? known, WindowMetrics metrics, PackedTokenDataset data,
        int workers, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var sums = new double[data.Count][];
        int done = 0;
        TorchWorkers.ForEach(TorchWorkers.On(model.Device, workers), [.. Enumerable.Range(0, data.Count)], window =>
        {
            using var noGradients = no_grad();
            Tensor ids = TokenBatch.OfWindows(data, [window], model.Device);
            Tensor? expected = metrics.NeedParent ? known?[window] ?? ParentStates.Of(parent, ids) : null;
            sums[window] = HostRead.Numbers("evaluation", metrics.Sums(
                model, ParentStates.Of(model, ids), ids.squeeze(0), (start, count) =>
                    metrics.ParentOutputs(parent, expected!.narrow(0, start, count))));
            progress?.Report(Interlocked.Increment(ref done) / (double)data.Count);
        }, cancellationToken);
        return sums;
    }
}
