using Puzzle.Text;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>
/// Expresses a list of merges as SentencePiece's scores: llama.cpp merges the neighbors whose token scores highest, so a token's
/// score is minus the rank of its first merge.
/// </summary>
internal static class SentencePieceScores
{
    // Every cut of a token is looked up; SentencePiece makes none as long.
    private const int LongestToken = 1024;

    /// <summary>Gives each token's score. Tokens that no merge makes, and ids without a token, come last.</summary>
    public static float[] Of(BytePairModel model, int vocabularySize)
    {
        float[] scores = new float[vocabularySize];
        Array.Fill(scores, -model.Merges.Count);
        foreach (Merge merge in model.Merges.Values)
            scores[merge.MergedId] = Math.Max(scores[merge.MergedId], -merge.Rank);
        return scores;
    }

    /// <summary>Finds two tokens that make a third, which llama.cpp would merge but the tokenizer does not; null if there are
    /// none.</summary>
    public static (string Left, string Right)? Missing(BytePairModel model)
    {
        var lookup = model.Vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach ((string token, _) in model.Vocabulary.OrderBy(entry => entry.Value))
        {
            if (LlamaCppTokenizer.IsByteToken(token) || token.Length > LongestToken)
                continue;
            for (int cut = 1; cut < token.Length; cut++)
            {
                if (lookup.TryGetValue(token.AsSpan(0, cut), out int left)
                    && lookup.TryGetValue(token.AsSpan(cut), out int right)
                    && !model.Merges.ContainsKey(new TokenPair(left, right)))
                    return (token[..cut], token[cut..]);
            }
        }
        return null;
    }
}
