namespace Puzzle.TrainParent;

internal sealed record ParentTrainingSettings(
    string[] StoryFiles, string[] BookFiles, string OutputFolder, string StateFolder, int Steps, int StoryWeight, int Workers);
