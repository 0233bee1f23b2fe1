namespace Puzzle.ConsoleApp;

/// <summary>Where a run on Slurm is.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Futile">How many jobs of it in a row brought nothing.</param>
/// <param name="Left">The units that were left when the last array was submitted; null before the first.</param>
internal sealed record SlurmStep(SlurmStage Stage, int Futile = 0, int? Left = null);
