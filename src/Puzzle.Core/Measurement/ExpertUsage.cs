using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>
/// How often the routers of a parent send the tokens of a text to each of their experts. From it follows how many different experts the
/// tokens of one pass need: their weights are what a pass reads, so they decide its time, whereas memory holds all experts.
/// </summary>
/// <remarks>
/// The tokens of a pass are taken as independent. Those of a decoding step are: each belongs to another sequence. Those of a prompt are
/// related, so that it needs at most what is said here.
/// </remarks>
public sealed class ExpertUsage
{
    private readonly Dictionary<MixtureFfnConfig, List<double[]>> _rates = [];

    private ExpertUsage()
    {
    }

    /// <summary>Counts where the routers of a parent send the tokens of a text.</summary>
    /// <param name="parent">The parent, resident or streamed; not changed.</param>
    /// <param name="ffn">The FFNs whose experts are asked for; all but mixtures are passed over. Of one with fewer experts, those of the
    /// parent stay that got the most weight.</param>
    /// <param name="text">The text, as the parent's tokens.</param>
    /// <param name="windows">The windows to use, the first; all if there are fewer.</param>
    /// <param name="cancellationToken">Asked between windows.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no windows.</exception>
    public static ExpertUsage Measure(
        CausalLanguageModel parent, IEnumerable<FfnConfig> ffn, PackedTokenDataset text, int windows = 16,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(ffn);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(windows);
        MixtureFfnConfig[] mixtures = [.. ffn.OfType<MixtureFfnConfig>().Distinct()];
        var usage = new ExpertUsage();
        if (mixtures.Length == 0)
            return usage;
        using var noGradients = no_grad();
        var streams = new Tensor?[Math.Min(windows, text.Count)];
        try
        {
            usage.Walk(parent, mixtures, text, streams, cancellationToken);
        }
        finally
        {
            foreach (Tensor? stream in streams)
                stream?.Dispose();
        }
        return usage;
    }

    /// <summary>Gives how many different experts some tokens need on average, if a router sends tokens to all experts alike.</summary>
    /// <param name="mixture">The experts.</param>
    /// <param name="tokens">The tokens of one pass; of a decoding step, as many as sequences.</param>
    public static double EvenlyUsed(MixtureFfnConfig mixture, long tokens)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        return mixture.Experts * Needed((double)mixture.ActiveExperts / mixture.Experts, tokens);
    }

    /// <summary>Gives how many different experts some tokens need, on average over the layers that can hold the mixture.</summary>
    /// <param name="mixture">The experts; of others than were asked for, all are taken to be used alike.</param>
    /// <param name="tokens">The tokens of one pass; of a decoding step, as many as sequences.</param>
    public double DistinctExperts(MixtureFfnConfig mixture, long tokens)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        return _rates.TryGetValue(mixture, out List<double[]>? layers)
            ? layers.Average(rates => rates.Sum(rate => Needed(rate, tokens)))
            : EvenlyUsed(mixture, tokens);
    }

    /// <summary>Gives the number of tokens that need as many experts as some tokens of the text do, if all experts are used alike: what a
    /// router of random weights is to be given.</summary>
    /// <param name="usage">How experts are used; null for all alike.</param>
    /// <param name="mixture">The experts.</param>
    /// <param name="tokens">The tokens of one pass.</param>
    /// <returns>1 to <paramref name="tokens"/>.</returns>
    internal static int EvenTokens(ExpertUsage? usage, MixtureFfnConfig mixture, int tokens)
    {
        if (usage is null || mixture.ActiveExperts >= mixture.Experts)
            return tokens;
        double unused = 1 - (usage.DistinctExperts(mixture, tokens) / mixture.Experts);
        if (unused <= 0)
            return tokens;
        double even = Math.Log(unused) / Math.Log(1 - ((double)mixture.ActiveExperts / mixture.Experts));
        return (int)Math.Clamp(Math.Round(even), 1, tokens);
    }

    private static double Needed(double rate, long tokens) => 1 - Math.Pow(1 - rate, tokens);

    private void Walk(
        CausalLanguageModel parent, MixtureFfnConfig[] mixtures, PackedTokenDataset text, Tensor?[] streams,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        for (int window = 0; window < streams.Length; window++)
            streams[window] = parent.Embed(TokenBatch.OfWindows(text, [window], parent.Device)).DetachFromDisposeScope();
        RotaryTable rotary = parent.Rotary.At(0, text.SequenceLength);
        for (int layer = 0; layer < parent.Config.Layers; layer++)
        {
            using BlockLease lease = parent.Borrow(layer);
            using var layerScope = NewDisposeScope();
            var scores = new List<Tensor>();
            for (int window = 0; window < streams.Length; window++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var windowScope = NewDisposeScope();
                using Tensor before = streams[window]!;
                Tensor inside = lease.Block.Attention.Forward(before, rotary);
                if (lease.Block.Ffn is MixtureFeedForward experts)
                    scores.Add(experts.RouterScores(inside).cpu().MoveToOuterDisposeScope());
                streams[window] = lease.Block.Ffn.Forward(inside, rotary).alias().DetachFromDisposeScope();
            }
            if (parent.Config.Architecture[layer].Ffn is MixtureFfnConfig own)
                Count(own, cat(scores, 0), mixtures);
        }
    }

    private void Count(MixtureFfnConfig own, Tensor scores, MixtureFfnConfig[] mixtures)
    {
        using var scope = NewDisposeScope();
        (Tensor best, Tensor chosen) = scores.topk(own.ActiveExperts);
        Tensor weight = zeros(own.Experts).index_add(0, chosen.reshape(-1), best.softmax(-1).reshape(-1), Scalars.One);
        Tensor ranked = weight.sort(dim: -1, descending: true, stable: true).Indices;
        foreach (MixtureFfnConfig mixture in mixtures)
        {
            if (mixture.Experts > own.Experts || mixture.ActiveExperts > mixture.Experts)
                continue;
            Tensor kept = scores.index_select(1, ranked.narrow(0, 0, mixture.Experts));
            double[] rates = new double[mixture.Experts];
            foreach (long expert in kept.topk(mixture.ActiveExperts).indexes.reshape(-1).data<long>().ToArray())
                rates[expert] += 1.0 / scores.size(0);
            if (!_rates.TryGetValue(mixture, out List<double[]>? layers))
                _rates.Add(mixture, layers = []);
            layers.Add(rates);
        }
    }
}
