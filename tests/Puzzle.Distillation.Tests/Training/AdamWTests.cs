using Puzzle.Distillation;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Puzzle.Tests.Training;

public sealed class AdamWTests
{
    // 65 and 37 numbers take whole vectors and a tail, 7 the tail alone.
    private static readonly long[][] Shapes = [[5, 13], [37], [7]];

    [Theory]
    [InlineData("simd")]
    [InlineData("flat")]
    [InlineData("torch")]
    public void Step_TwentyTimes_EqualsTorchWithVectorsNotDecayed(string kind)
    {
        using var scope = NewDisposeScope();
        var random = new Generator(3);
        Tensor[] own = [.. Shapes.Select(shape => randn(shape, generator: random))];
        Parameter[] theirs = [.. own.Select(weight => new Parameter(weight.clone()))];
        var options = new AdamWOptions(WeightDecay: 0.1);
        using AdamW optimizer = kind switch
        {
            "simd" => new SimdAdamW(own, options),
            "flat" => new FlatAdamW(own, options),
            _ => new TorchAdamW(own, options),
        };
        using var gradients = new FlatGradients(own);
        var matrices = optim.AdamW(
            theirs.Where(weight => weight.dim() > 1), lr: 0.02, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1);
        var vectors = optim.AdamW(theirs.Where(weight => weight.dim() == 1), lr: 0.02, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0);

        for (int step = 0; step < 20; step++)
        {
            Tensor[] gradient = [.. Shapes.Select(shape => randn(shape, generator: random))];
            gradients.Clear();
            int offset = 0;
            foreach ((Parameter weight, Tensor value) in theirs.Zip(gradient))
            {
                weight.grad = value;
                gradients.Buffer.narrow(0, offset, value.numel()).copy_(value.view(-1));
                offset += (int)value.numel();
            }
            optimizer.Step(gradients, 0.02, 1);
            matrices.step();
            vectors.step();
        }

        Assert.Equal(20, optimizer.Steps);
        foreach ((Tensor mine, Parameter other) in own.Zip(theirs))
        {
            float[] expected = other.data<float>().ToArray();
            Assert.All(mine.data<float>().ToArray().Index(), value => Assert.Equal(expected[value.Index], value.Item, 1e-5f));
        }
    }

    [Fact]
    public void Step_LongerThanOneSpan_EqualsOneSpan()
    {
        using var scope = NewDisposeScope();
        float[][] Run(long partBytes)
        {
            var random = new Generator(5);
            Tensor[] weights = [.. Shapes.Select(shape => randn(shape, generator: random))];
            using var gradients = new FlatGradients(weights);
            using var optimizer = new SimdAdamW(weights, new AdamWOptions(), partBytes);
            for (int step = 0; step < 3; step++)
            {
                gradients.Buffer.copy_(randn(gradients.Buffer.shape, generator: random));
                optimizer.Step(gradients, 0.02, 1);
            }
            return [.. weights.Append(optimizer.FirstMoments).Append(optimizer.SecondMoments)
                .Select(tensor => tensor.data<float>().ToArray())];
        }

        // Parts of 11 numbers: a vector and a tail in each, and parameters that end within a part.
        Assert.Equal(Run(1 << 30), Run(11 * sizeof(float)));
    }

    [Fact]
    public void Step_GradientScale_IsAppliedBeforeTheMoments()
    {
        using var scope = NewDisposeScope();
        float[] Run(float gradient, double scale)
        {
            Tensor weight = ones(17);
            using var gradients = new FlatGradients([weight]);
            using AdamW optimizer = AdamW.Create([weight], new AdamWOptions(Epsilon: 0.5));
            gradients.Buffer.fill_(gradient);
            optimizer.Step(gradients, 0.1, scale);
            return weight.data<float>().ToArray();
        }

        Assert.Equal(Run(1, 1), Run(4, 0.25));
        Assert.NotEqual(Run(1, 1), Run(4, 1));
    }

    [Fact]
    public void Create_NotSinglePrecision_Throws()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<NotSupportedException>(() => AdamW.Create([zeros(3, ScalarType.BFloat16)], new AdamWOptions()));
    }

    [Theory]
    [InlineData(float.NaN, 1.0)]
    [InlineData(float.PositiveInfinity, 1.0)]
    [InlineData(1f, double.NaN)]
    public void ModelTrainerStep_NotFinite_ThrowsAndChangesNothing(float gradient, double loss)
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using var trainer = new ModelTrainer(model, new AdamWOptions(), maxGradientNorm: 1, workers: 2);
        float[] before = Values(model);

        double Backward(TrainingReplica replica, int worker)
        {
            if (worker == 1)
                replica.Model.Embedding.grad!.fill_(gradient);
            return loss;
        }
        var diverged = Assert.Throws<TrainingDivergedException>(() => trainer.Step("test", 7, 0.1, Backward));

        Assert.Equal(7, diverged.Step);
        Assert.Equal(2 * loss, diverged.Loss);
        Assert.Equal(before, Values(model));
        Assert.Equal(0, trainer.Optimizer.Steps);
        Assert.Equal(0, trainer.Optimizer.FirstMoments.abs().max().item<float>());
    }

    [Fact]
    public void ModelTrainerStep_LargeGradient_IsClippedToTheNorm()
    {
        using CausalLanguageModel large = TinyModel.Create(), small = TinyModel.Create();
        void Step(CausalLanguageModel model, float gradient)
        {
            using var trainer = new ModelTrainer(model, new AdamWOptions(Epsilon: 1), maxGradientNorm: 1, workers: 1);
            trainer.Step("test", 0, 0.1, (replica, _) =>
            {
                replica.Model.Embedding.grad!.fill_(gradient);
                return 0;
            });
        }

        Step(large, 100);
        Step(small, (float)(1 / Math.Sqrt(TinyModel.Vocabulary * 32)));

        float[] expected = Values(small);
        Assert.All(Values(large).Index(), value => Assert.Equal(expected[value.Index], value.Item, 1e-6f));
    }

    private static float[] Values(CausalLanguageModel model) =>
        [.. model.Weights.SelectMany(weight => weight.Value.data<float>().ToArray())];
}
