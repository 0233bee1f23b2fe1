using Puzzle.Architectures;
using Puzzle.Text;

namespace Puzzle.Measurement.Tasks;

/// <summary>Encodes questions one after the other.</summary>
internal sealed class QuestionTokens(Tokenizer tokenizer, ModelConfig model, LengthNormalization normalization)
{
    private readonly int? _begin = tokenizer.StartsTexts ? model.BeginOfTextId ?? tokenizer.BeginOfTextId ?? tokenizer.EndOfTextId : null;

    // A first token can only be judged after another; where nothing starts a text, what ends the one before does.
    private readonly int? _end = tokenizer.EndOfTextId ?? (model.EndOfTextIds.Count > 0 ? model.EndOfTextIds[0] : null);

    public List<TaskSequence> Sequences { get; } = [];

    public List<int> ChoiceLengths { get; } = [];

    public int Shortened { get; private set; }

    /// <summary>Adds a question, unless one of its choices adds no token to its context and so cannot be judged.</summary>
    /// <param name="question">The question.</param>
    /// <param name="where">Names it in messages.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="ArgumentException">It is malformed, or a choice is too long for the model.</exception>
    public bool TryAdd(TaskQuestion question, string where)
    {
        if (question.Choices.Count == 0)
            throw new ArgumentException($"{where} has no choice.");
        if (question.Answer < 0 || question.Answer >= question.Choices.Count)
            throw new ArgumentException($"{where}: its answer is choice {question.Answer} of {question.Choices.Count}.");
        string prompt = question.Preamble + question.Context;
        int? first = _begin ?? (prompt.Length == 0 ? _end : null);
        int[] before = Encode(prompt, first);
        int[][] whole = [.. question.Choices.Select(choice => Encode(prompt + choice, first))];
        if (Array.Exists(whole, ids => StartOf(before, ids) >= ids.Length))
            return false;
        // The last token is predicted, not read. All choices lose the same tokens, so that they answer the same question.
        int excess = Math.Max(0, whole.Max(ids => ids.Length) - 1 - model.MaxPositions);
        Shortened += excess > 0 ? 1 : 0;
        int kept = first is null ? 0 : 1;
        int firstChoice = ChoiceLengths.Count, firstSequence = Sequences.Count;
        foreach ((int index, int[] ids) in whole.Index().OrderByDescending(choice => choice.Item.Length))
        {
            int start = StartOf(before, ids);
            if (start - excess < 1)
                throw new ArgumentException($"{where}: choice {index} is too long for the model's {model.MaxPositions} positions.");
            int[] read = [.. ids[..kept], .. ids[(kept + excess)..^1]];
            TaskSequence sequence = SequenceFor(read, firstSequence);
            for (int token = start; token < ids.Length; token++)
                sequence.Readings.Add(new TaskReading(token - excess - 1, ids[token], firstChoice + index));
        }
        ChoiceLengths.AddRange(whole.Select((ids, index) => normalization switch
        {
            LengthNormalization.PerToken => ids.Length - StartOf(before, ids),
            LengthNormalization.PerCharacter => Math.Max(1, question.Choices[index].TrimStart().EnumerateRunes().Count()),
            _ => 1,
        }));
        return true;
    }

    // The first token of a choice: where its text leaves that of its context.
    private static int StartOf(int[] before, int[] ids) => Math.Max(1, before.AsSpan().CommonPrefixLength(ids));

    // Longer choices come first, so a sequence that begins with this one's tokens is already there.
    private TaskSequence SequenceFor(int[] read, int firstSequence)
    {
        for (int i = firstSequence; i < Sequences.Count; i++)
        {
            if (Sequences[i].Ids.AsSpan().StartsWith(read))
                return Sequences[i];
        }
        Sequences.Add(new TaskSequence(read, []));
        return Sequences[^1];
    }

    private int[] Encode(string text, int? first)
    {
        int[] ids = tokenizer.Encode(text, addSpecialTokens: false);
        return first is { } begin && (ids.Length == 0 || ids[0] != begin) ? [begin, .. ids] : ids;
    }
}
