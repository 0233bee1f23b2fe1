namespace Puzzle.GpuCheck;

/// <summary>One result against the processor's in 32 bits.</summary>
/// <param name="What">Blockwise distillation, scores, global distillation or generation.</param>
/// <param name="Precision">What the device computed in.</param>
/// <param name="Difference">The largest relative difference; of generation, the share of tokens that differ.</param>
/// <param name="Allowed">The most that passes.</param>
internal sealed record ParityRow(string What, string Precision, double Difference, double Allowed)
{
    public bool Passed => Difference <= Allowed;
}
