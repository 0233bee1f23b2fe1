using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>Some metrics of token windows in one pass, a chunk of positions at a time. What no metric needs is not computed.</summary>
internal sealed class WindowMetrics
{
    private readonly string[] _names;
    private readonly int _ranks;
    private readonly bool _ofHidden;
    private readonly bool _ofDistribution;
    private readonly bool _ofParentDistribution;

    /// <param name="metrics">Metrics of <see cref="ScoreMetric.All"/>; values come in their order.</param>
    public WindowMetrics(IReadOnlyList<ScoreMetric> metrics)
    {
        Metrics = metrics;
        _names = [.. metrics.Select(metric => metric.Name)];
        _ranks = _names.Contains("top10") ? 10 : _names.Contains("top5") ? 5 : _names.Contains("top1") ? 1 : 0;
        _ofHidden = _names.Any(name => name is "hidden_cosine" or "hidden_nmse");
        _ofParentDistribution = _names.Any(name => name is "kl_div" or "agreement");
        _ofDistribution = _ofParentDistribution || _ranks > 0 || _names.Contains("lm_loss");
    }

    /// <summary>Gets the metrics.</summary>
    public IReadOnlyList<ScoreMetric> Metrics { get; }

    /// <summary>Gets a value indicating whether a metric compares with the parent.</summary>
    public bool NeedParent => _ofHidden || _ofParentDistribution;

    /// <summary>Gives the number of a window's positions that a metric is averaged over: those that predict a token of the window, or
    /// all.</summary>
    public static long Positions(ScoreMetric metric, long tokens) =>
        metric.Name is "lm_loss" or "top1" or "top5" or "top10" ? tokens - 1 : tokens;

    /// <summary>Gives what the parent is compared by, from rows of its residual stream after the last layer, [R, D].</summary>
    public TokenOutputs ParentOutputs(CausalLanguageModel parent, Tensor hidden) => Outputs(parent, hidden, _ofParentDistribution);

    /// <summary>Gives each metric summed over its positions of a window: [metrics], 64-bit, where the window is.</summary>
    /// <param name="model">Whose final norm and head are used.</param>
    /// <param name="hidden">The residual stream after the last layer, [T, D].</param>
    /// <param name="ids">The window, [T].</param>
    /// <param name="parent">Gives the parent's outputs of a chunk from its first position and length; called only if
    /// <see cref="NeedParent"/>.</param>
    public Tensor Sums(CausalLanguageModel model, Tensor hidden, Tensor ids, Func<long, long, TokenOutputs> parent)
    {
        long tokens = hidden.size(0), chunk = TokenMetrics.RowsPerChunk(model.Config.VocabularySize);
        Tensor sums = zeros(_names.Length, ScalarType.Float64, hidden.device);
        for (long start = 0; start < tokens; start += chunk)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(chunk, tokens - start);
            TokenOutputs own = Outputs(model, hidden.narrow(0, start, count), _ofDistribution);
            TokenOutputs expected = NeedParent ? parent(start, count) : default;
            long predicting = Math.Min(count, tokens - 1 - start);
            Tensor? next = predicting > 0 ? ids.narrow(0, start + 1, predicting) : null;
            Tensor? ranked = _ranks > 0 && next is not null
                ? TokenMetrics.Ranked(own.LogProbabilities!.narrow(0, 0, predicting), _ranks)
                : null;
            Tensor none = zeros([], ScalarType.Float64, hidden.device);
            var known = new ChunkOutputs(own, expected, next, ranked);
            sums.add_(stack(_names.Select(name => SumOf(name, known) ?? none)), Scalars.One);
        }
        return sums;
    }

    // Null where the chunk has no position with a next token.
    private static Tensor? SumOf(string name, ChunkOutputs chunk) => name switch
    {
        "kl_div" => TokenMetrics.KlDivergence(chunk.Expected.LogProbabilities!, chunk.Own.LogProbabilities!),
        "agreement" => TokenMetrics.Agreements(chunk.Expected.LogProbabilities!, chunk.Own.LogProbabilities!),
        "hidden_cosine" => TokenMetrics.Cosine(chunk.Expected.Hidden!, chunk.Own.Hidden!),
        "hidden_nmse" => TokenMetrics.NormalizedError(chunk.Expected.Hidden!, chunk.Own.Hidden!),
        _ when chunk.Next is null => null,
        "lm_loss" => TokenMetrics.Loss(chunk.Own.LogProbabilities!.narrow(0, 0, chunk.Next.shape[0]), chunk.Next),
        "top1" => TokenMetrics.Hits(chunk.Ranked!, chunk.Next, 1),
        "top5" => TokenMetrics.Hits(chunk.Ranked!, chunk.Next, 5),
        "top10" => TokenMetrics.Hits(chunk.Ranked!, chunk.Next, 10),
        _ => throw new NotSupportedException($"There is no way to compute '{name}'."),
    };

    /// <summary>Reads the sums of some windows and gives each metric's mean over its positions.</summary>
    /// <param name="windows">What <see cref="Sums"/> gave, all of one length.</param>
    /// <param name="tokens">The tokens of a window.</param>
    /// <returns>By window, then by metric.</returns>
    public double[][] Means(IReadOnlyList<Tensor> windows, long tokens)
    {
        using var scope = NewDisposeScope();
        double[] sums = HostRead.Numbers("metrics", stack(windows));
        return [.. sums.Chunk(Metrics.Count).Select(
            window => window.Zip(Metrics, (sum, metric) => sum / Positions(metric, tokens)).ToArray())];
    }

    private TokenOutputs Outputs(CausalLanguageModel model, Tensor hidden, bool withDistribution)
    {
        Tensor normalized = model.Normalize(hidden);
        return new TokenOutputs(
            _ofHidden ? normalized : null,
            withDistribution ? nn.functional.log_softmax(model.LogitsOfNormalized(normalized).to(ScalarType.Float32), dim: -1) : null);
    }

    private readonly record struct ChunkOutputs(TokenOutputs Own, TokenOutputs Expected, Tensor? Next, Tensor? Ranked);
}
