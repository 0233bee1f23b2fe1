using Puzzle.Architectures;

namespace Puzzle.Training.Benchmarks;

/// <summary>The floating-point operations of one training step of a unit as it is computed: products only, no norms or
/// activations.</summary>
internal sealed class BlockwiseFlops(ModelConfig model, int tokens, int sequenceLength)
{
    private readonly double _hidden = model.HiddenSize;
    private readonly double _queries = (double)model.AttentionHeads * model.HeadSize;

    /// <summary>An attention variant beside the parent's FFN, whose weights need no gradient.</summary>
    public double Attention(AttentionConfig config, GatedFfnConfig parentFfn) => config switch
    {
        GroupedQueryAttentionConfig gqa =>
            Step(Product(_hidden, _queries + (2.0 * gqa.KeyValueHeads * model.HeadSize)), Product(_queries, _hidden)) + Attending()
                + Frozen(parentFfn),
        LinearAttentionConfig => Step(Product(_hidden, _hidden), 0) + Frozen(parentFfn),
        _ => 0,
    };

    /// <summary>An FFN variant after the parent's attention, whose output is cached.</summary>
    public double Ffn(FfnConfig config) => config switch
    {
        GatedFfnConfig gated => Step(Product(_hidden, 2.0 * gated.IntermediateSize), Product(gated.IntermediateSize, _hidden)),
        LinearFfnConfig => Step(Product(_hidden, _hidden), 0),
        _ => 0,
    };

    // Forward and the gradient of the weights; the gradient of the input only where a trained product feeds it.
    private static double Step(double first, double second) => (2 * first) + (3 * second);

    private double Frozen(GatedFfnConfig ffn) => 2 * 3 * Product(_hidden, ffn.IntermediateSize);

    // Two products forward, four backward, half of each masked.
    private double Attending() => 6.0 / 2 * 2 * tokens * sequenceLength * _queries;

    private double Product(double inputs, double outputs) => 2.0 * tokens * inputs * outputs;
}
