using Puzzle.Architectures;
using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

/// <summary>
/// Runs what loops are made of on the device that has shapes and no numbers: a tensor made on the wrong device fails in the operator that
/// meets it, a number read back in any way but <see cref="HostRead"/> fails at once. Of torch 2.10's C++ this device lacks
/// <c>index_select</c>, <c>roll</c> and <c>where</c> (they are written in Python there), so embeddings, rotations and fused attention
/// cannot run on it: whole loops are watched on the CPU instead, in <see cref="HostReadTests"/>.
/// </summary>
public sealed class MetaDeviceTests
{
    private static readonly Device Meta = new(DeviceType.META);

    [Fact]
    public void UnitStep_FfnOnMeta_ReadsBackOnce()
    {
        using var scope = NewDisposeScope();
        ModelConfig config = TinyModel.Config();
        var places = new List<string>();
        var narrow = new GatedFfnConfig(16);
        using Subblock ffn = TransformerBlock.CreateFfn(config, narrow, name => Empty(config, narrow, name));
        Tensor[] weights = [.. ffn.Weights.Values];
        using var optimizer = AdamW.Create(weights, new AdamWOptions(WeightDecay: 0.1));
        using var gradients = new FlatGradients(weights);
        Tensor hidden = empty([2, 8, config.HiddenSize], ScalarType.Float32, Meta), target = empty_like(hidden);
        using RotaryEmbedding rotary = new(config, Meta, ScalarType.Float32);

        using (HostRead.Watch(places.Add))
        {
            gradients.Clear();
            Tensor loss = NormalizedMse.Of(target, ffn.ForwardFolded(hidden, rotary.At(0, 8)));
            loss.backward();
            (double[] _, double norm) = gradients.ReadNorm("unit step", loss);
            optimizer.Step(gradients, 0.1, norm);
        }

        Assert.IsType<FlatAdamW>(optimizer);
        Assert.Equal(["unit step"], places);
        Assert.All(weights, weight => Assert.Equal(DeviceType.META, weight.device_type));
    }

    [Fact]
    public void ChunkedHead_OnMeta_ReadsNothingBack()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = Model();
        using var gradients = new FlatGradients([.. model.Weights.Select(weight => weight.Value)]);
        var places = new List<string>();
        Tensor states = empty([16, model.Config.HiddenSize], ScalarType.Float32, Meta);
        Tensor targets = zeros([16], ScalarType.Int64, Meta);

        using IDisposable watch = HostRead.Watch(places.Add);
        (Tensor loss, Tensor gradient) = ChunkedHead.Backward(
            model, model.Normalize(states),
            (logits, start) => nn.functional.cross_entropy(
                logits, targets.narrow(0, start, logits.size(0)), reduction: nn.Reduction.Sum));

        Assert.Empty(places);
        Assert.Equal((DeviceType.META, DeviceType.META), (loss.device_type, gradient.device_type));
    }

    [Fact]
    public void Metrics_WindowBatchOnMeta_AreReadBackOnce()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = Model();
        // The two others choose by condition, which this device lacks.
        var metrics = new WindowMetrics(
            [.. ScoreMetric.All.Where(metric => !metric.Name.StartsWith("hidden_", StringComparison.Ordinal))]);
        Tensor hidden = empty([12, model.Config.HiddenSize], ScalarType.Float32, Meta);
        Tensor ids = zeros([12], ScalarType.Int64, Meta);
        var places = new List<string>();

        double[][] means;
        using (HostRead.Watch(places.Add))
            means = metrics.Means(
                [.. Enumerable.Range(0, 3).Select(_ => metrics.Sums(
                    model, hidden, ids, (start, count) => metrics.ParentOutputs(model, hidden.narrow(0, start, count))))], 12);

        Assert.Equal(["metrics"], places);
        Assert.Equal((3, metrics.Metrics.Count), (means.Length, means[0].Length));
    }

    [Fact]
    public void Reading_AnyOtherWay_FailsOnMeta()
    {
        using var scope = NewDisposeScope();
        Tensor number = zeros([1], ScalarType.Float32, Meta);

        Assert.ThrowsAny<Exception>(() => number.item<float>());
        Assert.ThrowsAny<Exception>(() => number.cpu());
        Assert.ThrowsAny<Exception>(() => number.mul(ones(1)));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0)]
    public void OptimizerStep_TwentyTimesAsManyWeights_TakesAsManyOperators(double decay)
    {
        var options = new AdamWOptions(WeightDecay: decay);

        Assert.Equal(TensorsOfAStep(2, AdamW.Create, options), TensorsOfAStep(40, AdamW.Create, options));
        // What visits each weight, as the updates of processors do, is seen to grow.
        Assert.True(TensorsOfAStep(40, (weights, _) => new TorchAdamW(weights, options), options) >= 40);
    }

    // What reaches one weight of many takes a view of it, and so a tensor.
    private static long TensorsOfAStep(int weights, Func<IReadOnlyList<Tensor>, AdamWOptions, AdamW> create, AdamWOptions options)
    {
        using var scope = NewDisposeScope();
        Tensor[] parameters = [.. Enumerable.Range(0, weights).Select(_ => zeros([4, 4], ScalarType.Float32, Meta))];
        using AdamW optimizer = create(parameters, options);
        using var gradients = new FlatGradients(parameters);
        long before = DisposeScopeManager.Statistics.TensorStatistics.CreatedInScopeCount;
        optimizer.Step(gradients, 0.1, 1);
        return DisposeScopeManager.Statistics.TensorStatistics.CreatedInScopeCount - before;
    }

    private static CausalLanguageModel Model()
    {
        var shapes = WeightNames.Model(TinyModel.Config()).ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        return CausalLanguageModel.Create(TinyModel.Config(), name => empty([.. shapes[name].Shape], ScalarType.Float32, Meta));
    }

    private static Tensor Empty(ModelConfig config, FfnConfig ffn, string name) =>
        empty([.. WeightNames.Ffn(config, ffn).Single(weight => weight.Name == name).Shape], ScalarType.Float32, Meta);
}
