using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>Evaluates models on held-out text: the last stage, and the held-out loss of distillation.</summary>
public static class ModelEvaluator
{
    private const int Ranks = 10;

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
        if (model.Config.VocabularySize != parent.Config.VocabularySize || data.VocabularySize > model.Config.VocabularySize)
            throw new ArgumentException($"Vocabularies differ: model {model.Config.VocabularySize}, parent {parent.Config.VocabularySize}, text {data.VocabularySize}.");
        TorchRuntime.Initialize();
        var sums = new Sums[data.Count];
        int done = 0;
        TorchWorkers.ForEach(workers ?? TorchWorkers.Default, [.. Enumerable.Range(0, data.Count)], window =>
        {
            using var noGradients = no_grad();
            sums[window] = EvaluateWindow(model, parent, TokenBatch.OfWindows(data, [window], model.Device));
            progress?.Report(Interlocked.Increment(ref done) / (double)data.Count);
        }, cancellationToken);

        Sums total = sums.Aggregate((a, b) => a.Add(b));
        double predicted = (double)data.Count * (data.SequenceLength - 1), positions = (double)data.Count * data.SequenceLength;
        return new ModelEvaluation(
            total.Loss / predicted, total.Top1 / predicted, total.Top5 / predicted, total.Top10 / predicted,
            total.Divergence / positions, total.Agreements / positions, (long)predicted);
    }

    private static Sums EvaluateWindow(CausalLanguageModel model, CausalLanguageModel parent, Tensor ids)
    {
        bool isParent = ReferenceEquals(model, parent);
        Tensor hidden = LastHidden(model, ids);
        Tensor parentHidden = isParent ? hidden : LastHidden(parent, ids);
        long tokens = ids.size(1), chunk = TokenMetrics.RowsPerChunk(model.Config.VocabularySize);
        var sums = default(Sums);
        for (long start = 0; start < tokens; start += chunk)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(chunk, tokens - start), predicting = Math.Min(count, tokens - 1 - start);
            Tensor own = LogProbabilities(model, hidden, start, count);
            Tensor ranked = own.topk(Math.Min(Ranks, model.Config.VocabularySize), dim: -1).indexes;
            double divergence = 0, agreements = count;
            if (!isParent)
            {
                Tensor expected = LogProbabilities(parent, parentHidden, start, count);
                divergence = TokenMetrics.KlDivergence(expected, own);
                agreements = Count(expected.argmax(1).eq(own.argmax(1)));
            }
            sums = sums.Add(new Sums(0, 0, 0, 0, divergence, agreements));
            if (predicting > 0)
            {
                Tensor next = ids.select(0, 0).narrow(0, start + 1, predicting);
                Tensor hits = ranked.narrow(0, 0, predicting).eq(next.unsqueeze(1));
                sums = sums.Add(new Sums(
                    TokenMetrics.Loss(own.narrow(0, 0, predicting), next),
                    Count(hits.narrow(1, 0, 1)), Count(hits.narrow(1, 0, Math.Min(5, hits.size(1)))), Count(hits), 0, 0));
            }
        }
        return sums;
    }

    private static Tensor LastHidden(CausalLanguageModel model, Tensor ids)
    {
        Tensor hidden = model.Embed(ids);
        RotaryTable rotary = model.Rotary.At(0, (int)ids.size(1));
        for (int layer = 0; layer < model.Config.Layers; layer++)
        {
            using BlockLease lease = model.Borrow(layer);
            hidden = lease.Block.Forward(hidden, rotary);
        }
        return hidden.squeeze(0);
    }

    private static Tensor LogProbabilities(CausalLanguageModel model, Tensor hidden, long start, long count) =>
        nn.functional.log_softmax(model.Logits(hidden.narrow(0, start, count)).to(ScalarType.Float32), dim: -1);

    private static double Count(Tensor flags) => flags.sum().item<long>();

    private readonly record struct Sums(double Loss, double Top1, double Top5, double Top10, double Divergence, double Agreements)
    {
        public Sums Add(Sums other) => new(
            Loss + other.Loss, Top1 + other.Top1, Top5 + other.Top5, Top10 + other.Top10,
            Divergence + other.Divergence, Agreements + other.Agreements);
    }
}
