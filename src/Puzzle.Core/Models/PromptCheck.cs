namespace Puzzle.Models;

/// <summary>The check of prompts that every way to continue text makes.</summary>
internal static class PromptCheck
{
    /// <summary>Checks that prompts can be continued.</summary>
    /// <param name="prompts">The token ids of each prompt.</param>
    /// <param name="newTokens">The tokens to be made after each.</param>
    /// <param name="vocabularySize">The model's ids are below it.</param>
    /// <param name="maxPositions">The tokens that a sequence may have.</param>
    /// <param name="parameter">What the caller calls the prompts.</param>
    /// <exception cref="ArgumentException">A prompt is null or empty, has ids outside the vocabulary, or is too long.</exception>
    public static void Require(
        IReadOnlyList<int[]> prompts, int newTokens, int vocabularySize, int maxPositions, string parameter = "prompts")
    {
        for (int i = 0; i < prompts.Count; i++)
        {
            int[] prompt = prompts[i] ?? throw new ArgumentException($"Prompt {i} is null.", parameter);
            if (prompt.Length == 0)
                throw new ArgumentException(
                    $"Prompt {i} is empty; it needs at least one token, for example the begin-of-text token.", parameter);
            int outside = Array.FindIndex(prompt, id => (uint)id >= (uint)vocabularySize);
            if (outside >= 0)
                throw new ArgumentException(
                    $"Prompt {i} has the id {prompt[outside]}; the vocabulary has {vocabularySize} tokens.", parameter);
            if ((long)prompt.Length + newTokens > maxPositions)
                throw new ArgumentException(
                    $"Prompt {i} has {prompt.Length} tokens, and {newTokens} are to be made: more than the model's {maxPositions} "
                    + "positions.",
                    parameter);
        }
    }
}
