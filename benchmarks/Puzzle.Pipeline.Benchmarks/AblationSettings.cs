namespace Puzzle.Pipeline.Benchmarks;

/// <summary>The budget every row of the table gets.</summary>
internal sealed record AblationSettings(
    string Parent, string Text, string? SecondText, string WorkDirectory, double[] Speedups, int BlockwiseSteps, int GlobalSteps,
        int ScoringWindows, int SequenceLength);
