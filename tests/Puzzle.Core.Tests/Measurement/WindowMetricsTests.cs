using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Tests.Measurement;

public sealed class WindowMetricsTests
{
    [Fact]
    public void Sums_TwoModels_EqualTheFormulas()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), model = TinyModel.Loud(TinyModel.Config(layers: 2), seed: 2);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor ids = TokenBatch.OfWindows(TinyModel.Windows(1), [0], CPU);
        (Tensor hidden, Tensor parentHidden) = (LastHidden(model, ids), LastHidden(parent, ids));
        var metrics = new WindowMetrics(ScoreMetric.All);

        Dictionary<string, double> sums = Named(metrics,
            HostRead.Numbers("test", metrics.Sums(
                model, hidden, ids[0], (start, count) => metrics.ParentOutputs(parent, parentHidden.narrow(0, start, count)))));

        (double[][] own, double[][] expected) = (Rows(model.Normalize(hidden)), Rows(parent.Normalize(parentHidden)));
        Assert.Equal(own.Zip(expected, Cosine).Sum(), sums["hidden_cosine"], 1e-5);
        Assert.Equal(
            own.Zip(expected, (a, b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum() / b.Sum(y => y * y)).Sum(), sums["hidden_nmse"], 1e-4);
        (own, expected) = (Rows(nn.functional.log_softmax(model.Logits(hidden), -1)),
            Rows(nn.functional.log_softmax(parent.Logits(parentHidden), -1)));
        long[] next = [.. ids[0].data<long>().Skip(1)];
        int[] ranks = [.. next.Select((id, t) => own[t].Count(value => value > own[t][id]))];
        Assert.Equal(own.Zip(expected, (q, p) => p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum()).Sum(), sums["kl_div"], 1e-4);
        Assert.Equal(-next.Select((id, t) => own[t][id]).Sum(), sums["lm_loss"], 1e-4);
        Assert.Equal([ranks.Count(rank => rank < 1), ranks.Count(rank => rank < 5), ranks.Count(rank => rank < 10)],
            [sums["top1"], sums["top5"], sums["top10"]]);
        Assert.Equal(own.Zip(expected, (q, p) => Array.IndexOf(q, q.Max()) == Array.IndexOf(p, p.Max()) ? 1 : 0).Sum(), sums["agreement"]);
    }

    [Fact]
    public void Means_ModelAgainstItself_AreExactlyTheIdentities()
    {
        using CausalLanguageModel model = TinyModel.Loud();
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor ids = TokenBatch.OfWindows(TinyModel.Windows(1, 63), [0], CPU), hidden = LastHidden(model, ids);
        var metrics = new WindowMetrics(ScoreMetric.All);

        Dictionary<string, double> means = Named(
            metrics, metrics.Means([metrics.Sums(
                model, hidden, ids[0], (start, count) => metrics.ParentOutputs(model, hidden.narrow(0, start, count)))], ids.size(1))[0]);

        Assert.All(ScoreMetric.All, metric => Assert.Equal(metric.Identity ?? means[metric.Name], means[metric.Name]));
        Assert.Equal(4, ScoreMetric.All.Count(metric => metric.Identity is not null));
    }

    [Theory]
    [InlineData("lm_loss", false, false, false)]
    [InlineData("top5", false, false, false)]
    [InlineData("kl_div", true, false, true)]
    [InlineData("agreement", true, false, true)]
    [InlineData("hidden_cosine", true, true, false)]
    public void ParentOutputs_OneMetric_HoldWhatItNeeds(string name, bool parent, bool hidden, bool distribution)
    {
        using CausalLanguageModel model = TinyModel.Create();
        using var scope = NewDisposeScope();
        var metrics = new WindowMetrics([ScoreMetric.All.Single(metric => metric.Name == name)]);

        TokenOutputs outputs = metrics.ParentOutputs(model, ones(3, 32));

        Assert.Equal(
            (parent, hidden, distribution), (metrics.NeedParent, outputs.Hidden is not null, outputs.LogProbabilities is not null));
    }

    [Fact]
    public void HiddenMetrics_ZeroRows_AreFinite()
    {
        using var scope = NewDisposeScope();
        Tensor zero = zeros(2, 4), one = ones(2, 4);

        Assert.Equal([2, 0, 0], HostRead.Scalars(
            "test", TokenMetrics.Cosine(zero, zero), TokenMetrics.Cosine(zero, one), TokenMetrics.Cosine(one, zero)));
        Assert.Equal([0, 2, 2], HostRead.Scalars(
            "test", TokenMetrics.NormalizedError(zero, zero), TokenMetrics.NormalizedError(zero, one),
            TokenMetrics.NormalizedError(one, zero)));
    }

    private static Dictionary<string, double> Named(WindowMetrics metrics, double[] values) =>
        metrics.Metrics.Select((metric, i) => (metric.Name, values[i])).ToDictionary(item => item.Name, item => item.Item2);

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));

    private static double[][] Rows(Tensor rows) =>
        [.. Enumerable.Range(0, (int)rows.size(0)).Select(t => rows[t].data<float>().Select(value => (double)value).ToArray())];

    private static Tensor LastHidden(CausalLanguageModel model, Tensor ids)
    {
        Tensor hidden = model.Embed(ids);
        foreach (TransformerBlock block in model.Blocks)
            hidden = block.Forward(hidden, model.Rotary.At(0, (int)ids.size(1)));
        return hidden.squeeze(0);
    }
}
