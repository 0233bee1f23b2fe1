namespace Puzzle.Distillation.Training;

/// <summary>The numbers of one AdamW step, bias corrections folded in.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Scale">What every gradient is multiplied by first.</param>
/// <param name="Rate">Learning rate over the first moment's correction.</param>
/// <param name="Correction2">One over the root of the second moment's correction.</param>
/// <param name="Epsilon">Added to the corrected root of the second moment.</param>
/// <param name="Decay">What weights are multiplied by first.</param>
/// <param name="LearningRate">The learning rate itself.</param>
internal readonly record struct AdamWStep(
    float Beta1, float Beta2, float Scale, float Rate, float Correction2, float Epsilon, float Decay, float LearningRate);
