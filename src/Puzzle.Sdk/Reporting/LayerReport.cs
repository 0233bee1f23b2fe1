namespace Puzzle.Reporting;

/// <summary>What became of one layer.</summary>
/// <param name="Layer">The layer, 0-based.</param>
/// <param name="Attention">The child's attention.</param>
/// <param name="AttentionKept">The share of the parent's key-value heads; 0 without attention or with a linear one.</param>
/// <param name="Ffn">The child's FFN.</param>
/// <param name="FfnKept">The share of the parent's width; 0 without an FFN or with a linear one.</param>
/// <param name="Score">The harm of replacing this layer alone.</param>
/// <param name="RuntimeShare">Its runtime as a share of the parent's layer.</param>
public sealed record LayerReport(
    int Layer, string Attention, double AttentionKept, string Ffn, double FfnKept, double Score, double RuntimeShare);
