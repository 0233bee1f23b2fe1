namespace Puzzle.Architectures;

/// <summary>The shape of a Llama-family decoder: what all layers share, and each layer's block.</summary>
public sealed record ModelConfig
{
    /// <summary>Gets the vocabulary size V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Gets the hidden size D of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Gets the number of query heads N, the same in every attention layer.</summary>
    public required int AttentionHeads { get; init; }

    /// <summary>Gets the size H of one head; not necessarily hidden / heads.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Gets the block of each layer.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Gets the longest sequence in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Gets the epsilon of the RMS norms; 1e-6 by default.</summary>
    public double RmsNormEpsilon { get; init; } = 1e-6;

    /// <summary>Gets the rotary base theta; 10,000 by default.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Gets the rotary scaling; none by default.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Gets a value indicating whether the output head is the embedding matrix.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Gets the id of the begin-of-text token, if the checkpoint names one.</summary>
    public int? BeginOfTextId { get; init; }

    /// <summary>Gets the ids that end a text; empty if the checkpoint names none.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; init; } = [];

    /// <summary>Gets the number of layers L.</summary>
    public int Layers => Architecture.Count;

    /// <summary>Checks that the numbers fit together.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or a key-value head count does not divide the query heads.</exception>
    public void Validate()
    {
        Require(VocabularySize > 0, $"vocabulary size {VocabularySize} is not positive");
        Require(HiddenSize > 0, $"hidden size {HiddenSize} is not positive");
        Require(AttentionHeads > 0, $"attention head count {AttentionHeads} is not positive");
        Require(HeadSize > 0 && HeadSize % 2 == 0, $"head size {HeadSize} is not a positive even number, which rotary embedding needs");
        Require(MaxPositions > 0, $"max positions {MaxPositions} is not positive");
        Require(RmsNormEpsilon > 0 && double.IsFinite(RmsNormEpsilon), FormattableString.Invariant($"RMS norm epsilon {RmsNormEpsilon} is not positive"));
        Require(RopeTheta > 0 && double.IsFinite(RopeTheta), FormattableString.Invariant($"rotary theta {RopeTheta} is not positive"));
        for (int layer = 0; layer < Layers; layer++)
        {
            if (Architecture[layer].Attention is GroupedQueryAttentionConfig { KeyValueHeads: var heads })
                Require(heads > 0 && AttentionHeads % heads == 0, $"layer {layer}: {heads} key-value heads do not divide {AttentionHeads} query heads");
            if (Architecture[layer].Ffn is GatedFfnConfig { IntermediateSize: var width })
                Require(width > 0, $"layer {layer}: FFN width {width} is not positive");
        }
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
            throw new ArgumentException($"The model config is inconsistent: {problem}.");
    }
}
