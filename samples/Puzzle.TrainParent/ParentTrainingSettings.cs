namespace Puzzle.TrainParent;

internal sealed record ParentTrainingSettings(
    string[] StoryFiles, string[] BookFiles, string OutputFolder, string StateFolder, string? From, int StoryWeight,
    int Steps, int Workers, double LearningRate, int WarmupSteps, double FinalShare, bool Muon, int BatchSize,
    int VocabularySize, double WeightDecay, long Order);
