using Puzzle.Architectures;

namespace Puzzle.Text;

/// <summary>The check that a model knows every token of a text, a task or a tokenizer.</summary>
internal static class VocabularyCheck
{
    /// <summary>Checks that a vocabulary is no larger than a model's.</summary>
    /// <param name="what">What has the vocabulary, for example <c>The text</c>.</param>
    /// <param name="vocabularySize">The size of its vocabulary.</param>
    /// <param name="model">The model.</param>
    /// <param name="parameter">What the caller calls it.</param>
    /// <exception cref="ArgumentException">It is larger.</exception>
    public static void Require(string what, int vocabularySize, ModelConfig model, string parameter)
    {
        if (vocabularySize > model.VocabularySize)
            throw new ArgumentException(
                $"{what} has a vocabulary of {vocabularySize} tokens; the model's is {model.VocabularySize}.", parameter);
    }
}
