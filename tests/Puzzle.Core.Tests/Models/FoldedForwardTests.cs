using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class FoldedForwardTests
{
    [Theory]
    [InlineData("gqa-4/48")]
    [InlineData("gqa-1/16")]
    [InlineData("linear/linear")]
    [InlineData("noop/noop")]
    public void ForwardFolded_AnySubblock_HasTheOutputAndGradientsOfForward(string block)
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Loud(TinyModel.Config()
            with { Architecture = Puzzle.Architectures.Architecture.Uniform(1, Puzzle.Architectures.BlockConfig.Parse(block)) });
        using Generator generator = new(7);
        Tensor hidden = randn([2, 9, 32], generator: generator), target = randn([2, 9, 32], generator: generator);
        RotaryTable rotary = model.Rotary.At(0, 9);

        foreach (Subblock subblock in new[] { model.Blocks[0].Attention, model.Blocks[0].Ffn })
        {
            // A norm of ones would hide where its weight goes.
            foreach ((string name, Tensor weight) in subblock.Weights.Where(weight => weight.Value.dim() == 1))
                weight.copy_(randn([32], generator: generator));
            (Tensor expected, Tensor[] expectedGradients) = Run(() => subblock.Forward(hidden, rotary));
            (Tensor actual, Tensor[] actualGradients) = Run(() => subblock.ForwardFolded(hidden, rotary));

            AssertClose(expected, actual);
            Assert.Equal(expectedGradients.Length, actualGradients.Length);
            foreach ((Tensor one, Tensor other) in expectedGradients.Zip(actualGradients))
                AssertClose(one, other);

            (Tensor Output, Tensor[] Gradients) Run(Func<Tensor> forward)
            {
                foreach (Tensor weight in subblock.Weights.Values)
                {
                    weight.requires_grad_(true);
                    weight.grad = null;
                }
                Tensor output = forward();
                if (subblock.Weights.Count > 0)
                    output.mul(target).mean().backward();
                return (output.detach(), [.. subblock.Weights.Values.Select(weight => weight.grad!.clone())]);
            }
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        double scale = expected.abs().max().item<float>();
        Assert.InRange(expected.sub(actual).abs().max().item<float>(), 0, 2e-5 * scale);
    }
}
