using Puzzle.Distillation.Training;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Losses;

/// <summary>Gradients of all of a model's weights, in the order of its weights.</summary>
internal static class Gradients
{
    /// <summary>Gives what a backward pass returns and the gradients it leaves.</summary>
    public static (double Loss, float[] Values) Of(CausalLanguageModel model, Func<double> backward)
    {
        using var scope = NewDisposeScope();
        using var gradients = new FlatGradients([.. model.Weights.Select(weight => weight.Value)]);
        double loss = backward();
        return (loss, gradients.Buffer.data<float>().ToArray());
    }

    public static void Equal(float[] expected, float[] actual, double relative = 1e-4)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Max(Math.Abs), worst = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(scale > 0, "every gradient is 0");
        Assert.True(worst <= relative * scale, $"gradients differ by {worst} where the largest is {scale}");
    }
}
