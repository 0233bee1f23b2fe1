using Puzzle.Foundation;

namespace Puzzle.Models;

/// <summary>Continues token sequences with a key-value cache.</summary>
public static class TextGeneration
{
    /// <summary>Continues several prompts; those of equal length are computed together.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The token ids of each prompt, at least one each.</param>
    /// <param name="options">How to continue them.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <returns>For each prompt the tokens made after it, without the prompt and without the token that ended it.</returns>
    /// <exception cref="ArgumentException">An option is out of range, a prompt is empty or has ids outside the vocabulary, or prompt and
    /// new tokens exceed the model's max positions.</exception>
    public static int[][] Generate(
        CausalLanguageModel model, IReadOnlyList<int[]> prompts, GenerationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        options = Checked(model, prompts, options);
        HashSet<int> stop = StopTokens(model, options);
        var made = new List<int>[prompts.Count];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, prompts.Count).GroupBy(i => prompts[i].Length))
        {
            int[] sequences = [.. group];
            TokenSampler[] samplers = [.. sequences.Select(sequence => new TokenSampler(options, sequence))];
            using var batch = new GenerationBatch(
                model, [.. sequences.Select(sequence => prompts[sequence])], samplers, options);
            foreach (int sequence in sequences)
                made[sequence] = [];
            var running = sequences.ToHashSet();
            for (int step = 0; step < options.MaxNewTokens && running.Count > 0; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach ((int sequence, int token) in sequences.Zip(batch.Next()))
                {
                    if (stop.Contains(token))
                        running.Remove(sequence);
                    if (running.Contains(sequence))
                        made[sequence].Add(token);
                }
            }
        }
        return [.. made.Select(tokens => tokens.ToArray())];
    }

    /// <summary>Continues one prompt, giving each token as soon as it is made: the same tokens as <see cref="Generate"/> with this prompt
    /// alone.</summary>
    /// <param name="model">The model; must stay alive while the tokens are enumerated.</param>
    /// <param name="prompt">The prompt's token ids, at least one.</param>
    /// <param name="options">How to continue it.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <exception cref="ArgumentException">As for <see cref="Generate"/>; thrown at once.</exception>
    public static IEnumerable<int> Stream(
        CausalLanguageModel model, int[] prompt, GenerationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options = Checked(model, [prompt], options);
        return Tokens();

        // No scope and no no_grad is open at a yield: the caller may go on with another thread, or never.
        IEnumerable<int> Tokens()
        {
            HashSet<int> stop = StopTokens(model, options);
            using var batch = new GenerationBatch(model, [prompt], [new TokenSampler(options, 0)], options);
            for (int step = 0; step < options.MaxNewTokens; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int token = batch.Next()[0];
                if (stop.Contains(token))
                    yield break;
                yield return token;
            }
        }
    }

    private static HashSet<int> StopTokens(CausalLanguageModel model, GenerationOptions options) =>
        [.. options.StopTokenIds ?? model.Config.EndOfTextIds];

    private static GenerationOptions Checked(CausalLanguageModel model, IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options = OptionsCheck.Valid(options);
        PromptCheck.Require(prompts, options.MaxNewTokens, model.Config.VocabularySize, model.Config.MaxPositions);
        return options;
    }
}
