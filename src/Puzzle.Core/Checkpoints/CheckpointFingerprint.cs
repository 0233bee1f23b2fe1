using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>Digests what a checkpoint computes: its shape and every weight, however they are spread over files.</summary>
internal static class CheckpointFingerprint
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Computes the SHA-256 in lower-case hexadecimal digits.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Where each weight is stored.</param>
    /// <param name="cancellationToken">Asked between pieces of about a megabyte.</param>
    public static string Compute(ModelConfig config, IEnumerable<WeightPlace> weights, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Describe(config)));
        foreach (WeightPlace place in weights.OrderBy(place => place.Weight.Name, StringComparer.Ordinal))
        {
            hash.AppendData(
                Encoding.UTF8.GetBytes($"{place.Weight.Name} {TensorTypes.NameOf(place.Type)} [{string.Join(',', place.Weight.Shape)}]\n"));
            place.ReadBytes(BufferBytes, hash.AppendData, cancellationToken);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Gives a model's shape as text. Changing it changes every fingerprint, and so orphans every artifact made from a
    /// checkpoint.</summary>
    public static string Describe(ModelConfig config)
    {
        var rope = config.RopeScaling as Llama3RopeScaling;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            puzzle checkpoint 1
            {config.VocabularySize} {config.HiddenSize} {config.AttentionHeads} {config.HeadSize} {config.MaxPositions}
            {config.RmsNormEpsilon:R} {config.RopeTheta:R} {rope?.Factor:R} {rope?.LowFrequencyFactor:R} {rope?.HighFrequencyFactor:R} {rope?.OriginalMaxPositions}
            {config.TieWordEmbeddings} {config.BeginOfTextId} {string.Join(',', config.EndOfTextIds)}
            {config.Architecture}

            """).ReplaceLineEndings("\n") + Features(config);
    }

    // Nothing where all is as in Llama: such models' fingerprints are older than the features.
    private static string Features(ModelConfig config)
    {
        var text = new StringBuilder();
        Add("attention", config.Attention, new AttentionFeatures(), features => string.Create(
            CultureInfo.InvariantCulture,
            $"{features.QueryKeyValueBias} {features.OutputBias} {features.QueryKeyNorm} {features.ScoreScale:R} {features.SoftCap:R} "
            + $"{features.Sinks}"));
        Add("ffn", config.Ffn, new FfnFeatures(), features => string.Create(
            CultureInfo.InvariantCulture,
            $"{features.Activation} {features.SwishSlope:R} {features.ClampLimit:R} {features.Bias} {features.RouterBias} "
            + $"{features.NormalizeExpertWeights}"));
        Add("norms", config.Norms, new NormFeatures(), features => $"{features.Placement} {features.AddsOne}");
        Add(
            "multipliers", (config.EmbeddingMultiplier, config.ResidualMultiplier, config.LogitDivisor, config.LogitSoftCap),
            (1, 1, 1, null), factors => string.Create(
            CultureInfo.InvariantCulture,
            $"{factors.EmbeddingMultiplier:R} {factors.ResidualMultiplier:R} {factors.LogitDivisor:R} {factors.LogitSoftCap:R}"));
        Add(
            "rotary", string.Join(';', config.Rotaries.Select(Rotary)),
            Rotary(new RotarySettings(config.RopeTheta, config.HeadSize, config.RopeScaling as Llama3RopeScaling)), rotaries => rotaries);
        return text.ToString();

        void Add<T>(string name, T value, T plain, Func<T, string> format)
        {
            if (!EqualityComparer<T>.Default.Equals(value, plain))
                text.Append(name).Append(' ').Append(format(value)).Append('\n');
        }
    }

    private static string Rotary(RotarySettings rotary) =>
        string.Create(CultureInfo.InvariantCulture, $"{rotary.Theta:R} {rotary.Size} {Scaling(rotary.Scaling)}");

    private static string Scaling(RopeScaling? scaling) => scaling switch
    {
        LinearRopeScaling linear => string.Create(CultureInfo.InvariantCulture, $"linear {linear.Factor:R}"),
        DynamicRopeScaling dynamic =>
            string.Create(CultureInfo.InvariantCulture, $"dynamic {dynamic.Factor:R} {dynamic.OriginalMaxPositions}"),
        YarnRopeScaling yarn => string.Create(
            CultureInfo.InvariantCulture,
            $"yarn {yarn.Factor:R} {yarn.OriginalMaxPositions} {yarn.AttentionFactor:R} {yarn.BetaFast:R} {yarn.BetaSlow:R} "
            + $"{yarn.RoundRange}"),
        LongRopeScaling longRope => string.Create(
            CultureInfo.InvariantCulture,
            $"longrope {Numbers(longRope.ShortFactors)} {Numbers(longRope.LongFactors)} {longRope.OriginalMaxPositions} "
            + $"{longRope.AttentionFactor:R}"),
        Llama3RopeScaling llama3 => string.Create(
            CultureInfo.InvariantCulture,
            $"llama3 {llama3.Factor:R} {llama3.LowFrequencyFactor:R} {llama3.HighFrequencyFactor:R} {llama3.OriginalMaxPositions}"),
        _ => "none",
    };

    private static string Numbers(IEnumerable<double> numbers) =>
        string.Join(',', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));
}
