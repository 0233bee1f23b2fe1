namespace Puzzle.Measurement.Tasks;

/// <summary>Tokens the model reads once, and what is read off its predictions: choices of one question that begin alike share
/// them.</summary>
/// <param name="Ids">What goes in.</param>
/// <param name="Readings">The log-probabilities wanted.</param>
internal sealed record TaskSequence(int[] Ids, List<TaskReading> Readings);

/// <summary>One token of a choice.</summary>
/// <param name="Position">The position whose prediction counts.</param>
/// <param name="Token">The token that comes next in the choice.</param>
/// <param name="Choice">The choice, counted over all questions of the task.</param>
internal readonly record struct TaskReading(int Position, int Token, int Choice);
