namespace Puzzle.Reporting;

/// <summary>The scores of every alternative of every layer.</summary>
/// <param name="Objective">What was measured.</param>
/// <param name="Variants">The alternatives of any layer, cheapest first.</param>
/// <param name="Layers">Each layer's scores in the order of the alternatives; null where a layer has no such alternative.</param>
public sealed record ScoreMap(string Objective, IReadOnlyList<string> Variants, IReadOnlyList<IReadOnlyList<double?>> Layers);
