using Puzzle.Architectures;
using Puzzle.Fusion;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Fusion;

/// <summary>How far what an FFN adds turns when an earlier one is left out.</summary>
public sealed class FfnDependencyTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(2);

    [Fact]
    public void Measure_OfARun_IsTheMeanCosineDistanceOfContributions()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        int[] run = [0, 1, 3];

        FfnDependency found = FfnDependency.Measure(model, Text)[0];

        Assert.Equal(run, found.Layers);
        Assert.Equal([0, 1, 2], found.Distances.Select(row => row.Count));
        for (int later = 1; later < run.Length; later++)
        {
            for (int without = 0; without < later; without++)
            {
                double mean = Streams(model).Average(
                    stream => 1 - FusionCases.Cosine(
                        FusionCases.Added(model, [run[later]], After(model, run[..later], stream)),
                        FusionCases.Added(model, [run[later]], After(model, [.. run[..later].Except([run[without]])], stream))));
                Assert.Equal(mean, found.Distances[later][without], 1e-5);
                Assert.True(mean > 0.001, "The model has no dependency to find.");
            }
        }
        Assert.Equal(found.Distances[1][0], found.Largest(0, 1));
        Assert.Equal(found.Distances[2][1], found.Largest(1, 2));
        Assert.Equal(found.Distances.SelectMany(row => row).Max(), found.Largest(0, 2));
    }

    [Fact]
    public void Measure_ByAnyNumberOfWorkers_GivesTheSameBits()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        Assert.Equal(
            FfnDependency.Measure(model, Text, workers: 1).SelectMany(run => run.Distances),
            FfnDependency.Measure(model, Text, workers: 2).SelectMany(run => run.Distances));
    }

    [Fact]
    public void Measure_EarlierFfnThatAddsNothing_IsNoDependency()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        using (no_grad())
            model.Blocks[0].Ffn.Weights[WeightNames.Down].zero_();

        FfnDependency found = FfnDependency.Measure(model, Text)[0];

        Assert.Equal(0, found.Distances[1][0], 1e-6);
        Assert.Equal(0, found.Distances[2][0], 1e-6);
        Assert.True(found.Distances[2][1] > 0.001);
    }

    private static double[] After(CausalLanguageModel model, IEnumerable<int> layers, double[] stream) =>
        layers.Aggregate(stream, (before, layer) =>
            [.. before.Zip(FusionCases.Added(model, [layer], before), (x, added) => x + added)]);

    // Every token's stream behind the first layer's attention.
    private static List<double[]> Streams(CausalLanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor stream = model.Blocks[0].Attention.Forward(
            model.Embed(TokenBatch.OfWindows(Text, [0, 1], CPU)), model.Rotary.At(0, Text.SequenceLength));
        return [.. FusionCases.Numbers(stream).Chunk(model.Config.HiddenSize)];
    }
}
