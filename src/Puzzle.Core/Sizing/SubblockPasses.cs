using Puzzle.Architectures;

namespace Puzzle.Sizing;

/// <summary>
/// Counts the tensors of a subblock's passes, as <see cref="Models.GroupedQueryAttention"/> and its siblings make them: B windows of T
/// tokens.
/// </summary>
/// <param name="model">The model's shape.</param>
/// <param name="windows">B</param>
/// <param name="windowTokens">T</param>
internal sealed class SubblockPasses(ModelConfig model, int windows, int windowTokens)
{
    // x * x, x * scale, times the weight; of them the last two are kept, or one where the weight is folded into matrices.
    private const int NormMakes = 3, NormKeeps = 2;

    // Queries, keys and values with gradients, and those of what they were made from.
    private const int AttentionBackward = 6;

    // x * cos, the rolled x, their sum with sin.
    private const int RotationMakes = 3;

    // Scores, scaled, masked, softmax, its product's copy; two of them are kept.
    private const int StepsMake = 5, StepsKeep = 2;

    private readonly long _tokens = (long)windows * windowTokens;

    private long Stream => _tokens * model.HiddenSize;

    private int Norms => (model.Norms.HasBefore ? 1 : 0) + (model.Norms.HasAfter ? 1 : 0);

    // The output of the last matrix, and the sum with the stream.
    private long Framing => ((NormMakes * Norms) + 2) * Stream;

    /// <summary>Counts an attention's passes.</summary>
    /// <param name="attention">The subblock.</param>
    /// <param name="isTrained">Whether its weights have gradients.</param>
    /// <param name="isFolded">Whether its input has none, so that the norm's weight is folded into the matrices behind it.</param>
    public PassNumbers Of(AttentionConfig attention, bool isTrained, bool isFolded = false) => attention switch
    {
        GroupedQueryAttentionConfig grouped => Of(grouped, isTrained, isFolded),
        LinearAttentionConfig => Linear(isTrained, isFolded),
        _ => default,
    };

    /// <summary>Counts an FFN's passes.</summary>
    /// <param name="ffn">The subblock.</param>
    /// <param name="isTrained">Whether its weights have gradients.</param>
    /// <param name="isFolded">Whether its input has none, so that the norm's weight is folded into the matrices behind it.</param>
    public PassNumbers Of(FfnConfig ffn, bool isTrained, bool isFolded = false) => ffn switch
    {
        GatedFfnConfig gated => Gated(gated.IntermediateSize, isTrained, isFolded),
        MixtureFfnConfig mixture => Mixture(mixture, isTrained),
        LinearFfnConfig => Linear(isTrained, isFolded),
        _ => default,
    };

    /// <summary>Gives the most that a forward pass of a block without gradients makes.</summary>
    public long Forward(BlockConfig block) => Math.Max(Of(block.Attention, false).Made, Of(block.Ffn, false).Made);

    private PassNumbers Of(GroupedQueryAttentionConfig attention, bool isTrained, bool isFolded)
    {
        long matrices = (long)model.HiddenSize * model.HeadSize, heads = model.AttentionHeads, keyHeads = attention.KeyValueHeads;
        long queries = _tokens * heads * model.HeadSize, keys = _tokens * keyHeads * model.HeadSize;
        // One head is seen by all without a copy.
        bool isFused = !model.Attention.Sinks && model.Attention.SoftCap is null, repeats = keyHeads > 1 && keyHeads < heads;
        long norms = model.Attention.QueryKeyNorm == QueryKeyNorm.None ? 0 : queries + keys;
        long scores = isFused ? _tokens * heads : _tokens * heads * windowTokens;
        long made = Framing + (2 * queries) + (2 * keys) + (NormMakes * norms) + (isFused ? scores : StepsMake * scores)
            + (attention.HasRotary ? RotationMakes * (queries + keys) : 0) + (repeats ? 2 * queries : 0)
            + (isFolded ? matrices * (heads + (2 * keyHeads)) : 0);
        long kept = KeptNorms(isTrained, isFolded) + (NormKeeps * norms) + (2 * queries) + (2 * (repeats ? queries : keys))
            + (isFused ? scores : StepsKeep * scores);
        return new PassNumbers(
            made, kept, (AttentionBackward * queries) + (isFused ? 0 : StepsKeep * scores) + (2 * Stream)
                + (Gradients(isTrained, isFolded) * matrices * heads));
    }

    private PassNumbers Gated(long width, bool isTrained, bool isFolded)
    {
        // Gate, activation, up and their product; what the steps of other activations make beside them.
        (int makes, int keeps) = model.Ffn.Activation switch
        {
            Activation.TanhGelu => (12, 8),
            Activation.ClampedSwish => (9, 7),
            _ => (4, 4),
        };
        long wide = _tokens * width, matrix = width * model.HiddenSize;
        // Without gradients of the down projection their product is not needed.
        long kept = KeptNorms(isTrained, isFolded) + ((isTrained ? keeps : keeps - 1) * wide);
        long backward = Math.Max(3 * wide, (2 * wide) + (Gradients(isTrained, isFolded) * matrix)) + (2 * Stream);
        return new PassNumbers(Framing + (makes * wide) + (isFolded ? 2 * matrix : 0), kept, backward);
    }

    // Each expert's tokens are gathered and its outputs added to a new sum.
    private PassNumbers Mixture(MixtureFfnConfig mixture, bool isTrained)
    {
        long routed = _tokens * mixture.ActiveExperts, wide = routed * mixture.IntermediateSize, narrow = routed * model.HiddenSize;
        long scores = _tokens * mixture.Experts, matrix = (long)mixture.IntermediateSize * model.HiddenSize;
        return new PassNumbers(
            Framing + (2 * scores) + (3 * narrow) + (4 * wide) + (mixture.Experts * Stream),
            KeptNorms(isTrained, isFolded: false) + scores + (2 * narrow) + (4 * wide),
            (3 * Stream) + (Gradients(isTrained, isFolded: false) * matrix) + (3 * wide / mixture.ActiveExperts));
    }

    private PassNumbers Linear(bool isTrained, bool isFolded)
    {
        long matrix = (long)model.HiddenSize * model.HiddenSize;
        return new PassNumbers(
            Framing + (isFolded ? matrix : 0), KeptNorms(isTrained, isFolded), (2 * Stream) + (Gradients(isTrained, isFolded) * matrix));
    }

    private long KeptNorms(bool isTrained, bool isFolded) => !isTrained ? 0
        : Stream * ((NormKeeps * Norms) - (isFolded && model.Norms.HasBefore ? 1 : 0));

    // Of a matrix at a time; of a folded one also the products with the norm's weight and with itself.
    private static long Gradients(bool isTrained, bool isFolded) => !isTrained ? 0 : isFolded ? 3 : 1;
}
