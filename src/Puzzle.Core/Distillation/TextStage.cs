using Puzzle.Text;

namespace Puzzle.Distillation;

/// <summary>A later part of a training that reads its text in windows of another length, usually longer ones.</summary>
/// <param name="Data">The text; the same corpus packed to another length, or another corpus.</param>
/// <param name="StepShare">The share of all steps that this part takes, above 0 and below 1.</param>
public sealed record TextStage(PackedTokenDataset Data, double StepShare);
