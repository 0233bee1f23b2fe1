using Puzzle.Architectures;
using Puzzle.Text;

namespace Puzzle.Measurement.Tasks;

/// <summary>The questions of a downstream task as tokens, ready to be put to models. Immutable; safe for concurrent use.</summary>
public sealed class DownstreamTask
{
    private DownstreamTask(
        string name, IReadOnlyList<TaskQuestion> questions, LengthNormalization normalization, QuestionTokens tokens, int vocabularySize)
    {
        (Name, Questions, Normalization, VocabularySize) = (name, questions, normalization, vocabularySize);
        (Sequences, ChoiceLengths, Shortened) = (tokens.Sequences, tokens.ChoiceLengths, tokens.Shortened);
        LongestSequence = Sequences.Max(sequence => sequence.Ids.Length);
        Fingerprint = TaskFingerprint.Of(this);
    }

    /// <summary>Gets what the task is called.</summary>
    public string Name { get; }

    /// <summary>Gets the questions that are asked.</summary>
    public IReadOnlyList<TaskQuestion> Questions { get; }

    /// <summary>Gets what log-likelihoods are divided by.</summary>
    public LengthNormalization Normalization { get; }

    /// <summary>Gets the size of the vocabulary all ids lie in.</summary>
    public int VocabularySize { get; }

    /// <summary>Gets the number of tokens of the longest sequence a model reads.</summary>
    public int LongestSequence { get; }

    /// <summary>Gets the number of questions that were too long for the model and lost the beginning of their text.</summary>
    public int Shortened { get; }

    /// <summary>Gets the number of questions that are not asked, because one of their choices adds no token to its context.</summary>
    public int Skipped { get; private init; }

    /// <summary>Gets the SHA-256, in lower-case hexadecimal, of the tokens, the right answers and the normalization.</summary>
    public string Fingerprint { get; }

    internal IReadOnlyList<TaskSequence> Sequences { get; }

    /// <summary>Gets what each choice's log-likelihood is divided by, question after question.</summary>
    internal IReadOnlyList<int> ChoiceLengths { get; }

    /// <summary>Turns questions into tokens.</summary>
    /// <param name="name">What the task is called.</param>
    /// <param name="questions">The questions; at least one.</param>
    /// <param name="tokenizer">The model's tokenizer. A text and its continuation are encoded as one, so that a token may span
    /// both.</param>
    /// <param name="model">The shape of the models to ask: their longest sequence, and the token a text begins with, which is put
    /// first.</param>
    /// <param name="normalization">What log-likelihoods are divided by; nothing by default.</param>
    /// <exception cref="ArgumentException">There is no question, one is malformed, or the tokenizer has more tokens than the
    /// model.</exception>
    public static DownstreamTask Create(
        string name, IReadOnlyList<TaskQuestion> questions, Tokenizer tokenizer, ModelConfig model,
        LengthNormalization normalization = LengthNormalization.None)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(model);
        if (!Enum.IsDefined(normalization))
            throw new ArgumentOutOfRangeException(nameof(normalization), normalization, "Unknown normalization.");
        if (questions.Count == 0)
            throw new ArgumentException($"The task {name} has no question.", nameof(questions));
        VocabularyCheck.Require("The tokenizer", tokenizer.VocabularySize, model, nameof(tokenizer));
        var tokens = new QuestionTokens(tokenizer, model, normalization);
        TaskQuestion[] asked = [.. questions.Where((question, i) => tokens.TryAdd(question, $"{name}, question {i + 1}"))];
        if (asked.Length == 0)
            throw new ArgumentException($"Of each question of the task {name}, a choice adds no token to its context.", nameof(questions));
        return new DownstreamTask(name, asked, normalization, tokens, model.VocabularySize) { Skipped = questions.Count - asked.Length };
    }
}
