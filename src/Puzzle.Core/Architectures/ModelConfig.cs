namespace Puzzle.Architectures;

/// <summary>The shape of a decoder: what all layers share, and each layer's block. What is not set is as in Llama.</summary>
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

    /// <summary>Gets the dimensions of each head that rotate, the first; all by default.</summary>
    public int? RotarySize { get; init; }

    /// <summary>Gets further rotary embeddings, for layers whose <see cref="GroupedQueryAttentionConfig.Rotary"/> is 1 or more; none by
    /// default.</summary>
    public IReadOnlyList<RotarySettings> OtherRotaries { get; init; } = [];

    /// <summary>Gets the family whose files the model is read from and written to, by its <c>model_type</c>; <c>llama</c> by
    /// default.</summary>
    public string Family { get; init; } = "llama";

    /// <summary>Gets how attention computes in all layers.</summary>
    public AttentionFeatures Attention { get; init; } = new();

    /// <summary>Gets how FFNs compute in all layers.</summary>
    public FfnFeatures Ffn { get; init; } = new();

    /// <summary>Gets the form and the places of norms.</summary>
    public NormFeatures Norms { get; init; } = new();

    /// <summary>Gets what embeddings are multiplied by; 1 by default.</summary>
    public double EmbeddingMultiplier { get; init; } = 1;

    /// <summary>Gets what each subblock's output is multiplied by before it is added to the residual stream; 1 by default.</summary>
    public double ResidualMultiplier { get; init; } = 1;

    /// <summary>Gets what logits are divided by; 1 by default.</summary>
    public double LogitDivisor { get; init; } = 1;

    /// <summary>Gets the cap c of the logits, which become c * tanh(logit / c); none if null.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Gets a value indicating whether the output head is the embedding matrix.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Gets the id of the begin-of-text token, if the checkpoint names one.</summary>
    public int? BeginOfTextId { get; init; }

    /// <summary>Gets the ids that end a text; empty if the checkpoint names none.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; init; } = [];

    /// <summary>Gets the number of layers L.</summary>
    public int Layers => Architecture.Count;

    /// <summary>Gets all rotary embeddings by number: the main one, then <see cref="OtherRotaries"/>.</summary>
    public IReadOnlyList<RotarySettings> Rotaries => [new RotarySettings(RopeTheta, RotarySize ?? HeadSize, RopeScaling), .. OtherRotaries];

    /// <summary>Checks that the numbers fit together.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or a key-value head count does not divide the query heads.</exception>
    public void Validate() => ModelConfigValidation.Check(this);

    /// <summary>Names a feature beyond Llama's, for exporters that know no others; null if there is none.</summary>
    internal string? UnsupportedFeature()
    {
        (string Name, bool Differs)[] features =
        [
            ("other attention than Llama's", Attention != new AttentionFeatures()),
            ("another FFN than Llama's", Ffn != new FfnFeatures()),
            ("other norms than Llama's", Norms != new NormFeatures()),
            ("multipliers or caps", (EmbeddingMultiplier, ResidualMultiplier, LogitDivisor, LogitSoftCap) != (1, 1, 1, null)),
            ("partial or several rotary embeddings", RotarySize is not null || OtherRotaries.Count > 0),
            ("other rotary scalings than llama3", RopeScaling is not (null or Llama3RopeScaling)),
            ("windows or layers without rotary embedding", Architecture.Any(
                block => block.Attention is GroupedQueryAttentionConfig gqa && gqa != new GroupedQueryAttentionConfig(gqa.KeyValueHeads))),
            ("experts", Architecture.Any(block => block.Ffn is MixtureFfnConfig)),
        ];
        return features.FirstOrDefault(feature => feature.Differs).Name;
    }
}
