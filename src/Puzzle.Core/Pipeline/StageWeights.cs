namespace Puzzle.Pipeline;

/// <summary>What part of a run each stage usually is.</summary>
internal static class StageWeights
{
    // The default run of the embedded model on two cores, rounded. Only ratios matter, and only until stages have run.
    private static readonly Dictionary<PuzzleStage, double> Usual = new()
    {
        [PuzzleStage.Craft] = 0.45,
        [PuzzleStage.Profile] = 0.1,
        [PuzzleStage.Score] = 0.15,
        [PuzzleStage.Assemble] = 0.05,
        [PuzzleStage.Uptrain] = 0.2,
        [PuzzleStage.Evaluate] = 0.05,
    };

    public static double Of(PuzzleStage stage) => Usual[stage];

    /// <summary>Gives what the stages that have not begun are, as part of a whole run.</summary>
    public static double AllBut(IEnumerable<PuzzleStage> begun) => Usual.ExceptBy(begun, pair => pair.Key).Sum(pair => pair.Value);
}
