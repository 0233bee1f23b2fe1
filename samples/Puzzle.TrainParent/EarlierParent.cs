using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.TrainParent;

/// <summary>Starts a model from an earlier one of the same layers, whose vocabulary may differ.</summary>
internal static class EarlierParent
{
    /// <summary>Copies all weights; a token's embedding is the mean over the earlier vocabulary's tokens of the same text.</summary>
    public static void CopyInto(CausalLanguageModel model, Tokenizer tokenizer, string folder)
    {
        Tokenizer earlierTokenizer = Tokenizer.Load(folder);
        using CausalLanguageModel earlier = CausalLanguageModel.Load(folder);
        var weights = earlier.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        foreach ((string name, Tensor weight) in model.Weights)
        {
            if (!ReferenceEquals(weight, model.Embedding))
                weight.copy_(weights[name]);
        }
        model.Embedding.copy_(stack([.. Enumerable.Range(0, tokenizer.VocabularySize).Select(token => MeanOf(token))]));

        Tensor MeanOf(int token)
        {
            string text = tokenizer.Decode([token], skipSpecialTokens: false);
            int[] pieces = text.Length == 0 ? [] : earlierTokenizer.Encode(text, addSpecialTokens: false);
            return pieces.Length == 0
                ? earlier.Embedding.mean([0L])
                : earlier.Embedding.index_select(0, tensor(pieces.Select(piece => (long)piece).ToArray())).mean([0L]);
        }
    }
}
