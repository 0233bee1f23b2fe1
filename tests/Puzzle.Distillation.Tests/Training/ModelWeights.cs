using Puzzle.Models;
using TorchSharp;

namespace Puzzle.Tests.Training;

internal static class ModelWeights
{
    /// <summary>Requires the same weights, bit for bit.</summary>
    public static void Equal(CausalLanguageModel expected, CausalLanguageModel actual)
    {
        foreach ((KeyValuePair<string, torch.Tensor> mine, KeyValuePair<string, torch.Tensor> theirs) in expected.Weights.Zip(
            actual.Weights))
        {
            Assert.Equal(mine.Key, theirs.Key);
            Assert.True(mine.Value.bytes.SequenceEqual(theirs.Value.bytes), $"{mine.Key} differs");
        }
    }
}
