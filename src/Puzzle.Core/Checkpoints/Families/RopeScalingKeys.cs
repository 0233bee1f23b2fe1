using System.Collections.Immutable;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>The members of <c>rope_scaling</c>, which <c>rope_parameters</c> has too.</summary>
internal static class RopeScalingKeys
{
    /// <summary>The member that names the context before the scaling.</summary>
    public const string OriginalPositions = "original_max_position_embeddings";
    private const string AttentionFactor = "attention_factor";

    /// <summary>Takes the scaling.</summary>
    /// <param name="rope">The object.</param>
    /// <param name="family">The model's family.</param>
    /// <param name="original">The original context length, if the file names one.</param>
    /// <param name="maxPositions">The file's <c>max_position_embeddings</c>.</param>
    /// <param name="size">The dimensions that rotate.</param>
    /// <returns>Null for none.</returns>
    public static RopeScaling? Take(ConfigObject rope, ModelFamily family, int? original, int maxPositions, int size)
    {
        string? type = rope.TakeText("rope_type"), older = rope.TakeText("type");
        if (type is not null && older is not null && type != older)
            throw rope.Error($"rope_type '{type}' and type '{older}' disagree");
        if (original <= 0)
            throw rope.Error($"{OriginalPositions} is {original}; expected a positive number");
        return (type ?? older) switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(Factor(rope, "factor")),
            "dynamic" => Dynamic(rope, original, maxPositions, size),
            "yarn" when !family.NamesOriginalContext || !rope.HasOwn("long_factor") => Yarn(rope, original ?? maxPositions, maxPositions),
            // Phi-3's first files call it su or yarn.
            "longrope" or "su" or "yarn" => Long(rope, original ?? maxPositions, maxPositions, size),
            "llama3" => Llama3(rope, original),
            null when rope.HasOwn("factor") => throw rope.Error("there is no rope_type"),
            null => null,
            { } unknown => throw rope.Error($"rope_type is '{unknown}'; supported are default, linear, dynamic, yarn, longrope and llama3"),
        };
    }

    /// <summary>Writes the scaling's own members.</summary>
    public static void Write(Utf8JsonWriter json, ModelFamily family, RopeScaling scaling, int maxPositions)
    {
        switch (scaling)
        {
            case LinearRopeScaling linear:
                json.WriteNumber("factor", linear.Factor);
                Name(json, "linear");
                break;
            case DynamicRopeScaling dynamic:
                json.WriteNumber("factor", dynamic.Factor);
                Name(json, "dynamic");
                break;
            case YarnRopeScaling yarn:
                if (yarn.AttentionFactor != YarnAttentionFactor(yarn.Factor))
                    json.WriteNumber(AttentionFactor, yarn.AttentionFactor);
                json.WriteNumber("beta_fast", yarn.BetaFast);
                json.WriteNumber("beta_slow", yarn.BetaSlow);
                json.WriteNumber("factor", yarn.Factor);
                json.WriteNumber(OriginalPositions, yarn.OriginalMaxPositions);
                Name(json, "yarn");
                json.WriteBoolean("truncate", yarn.RoundRange);
                break;
            case LongRopeScaling longRope:
                if (longRope.AttentionFactor != LongAttentionFactor(
                    (double)maxPositions / longRope.OriginalMaxPositions, longRope.OriginalMaxPositions))
                    json.WriteNumber(AttentionFactor, longRope.AttentionFactor);
                Numbers(json, "long_factor", longRope.LongFactors);
                Numbers(json, "short_factor", longRope.ShortFactors);
                if (family.NamesOriginalContext)
                {
                    // That family's readers accept no further member, and no other name of it.
                    json.WriteString("type", "longrope");
                    break;
                }
                json.WriteNumber(OriginalPositions, longRope.OriginalMaxPositions);
                Name(json, "longrope");
                break;
            case Llama3RopeScaling llama3:
                json.WriteNumber("factor", llama3.Factor);
                json.WriteNumber("high_freq_factor", llama3.HighFrequencyFactor);
                json.WriteNumber("low_freq_factor", llama3.LowFrequencyFactor);
                json.WriteNumber(OriginalPositions, llama3.OriginalMaxPositions);
                Name(json, "llama3");
                break;
        }
    }

    private static DynamicRopeScaling Dynamic(ConfigObject rope, int? original, int maxPositions, int size)
    {
        if (original is not null && original != maxPositions)
            throw rope.Error($"{OriginalPositions} {original} of dynamic scaling differs from max_position_embeddings {maxPositions}");
        if (size <= 2)
            throw rope.Error("dynamic scaling needs more than two dimensions that rotate");
        double factor = Factor(rope, "factor");
        return factor >= 1
            ? new DynamicRopeScaling(factor, maxPositions)
            : throw rope.Error(FormattableString.Invariant($"factor {factor} of dynamic scaling is below 1"));
    }

    private static YarnRopeScaling Yarn(ConfigObject rope, int original, int maxPositions)
    {
        double factor = rope.HasOwn("factor") ? Factor(rope, "factor") : (double)maxPositions / original;
        double? attention =
            rope.TakeDouble(AttentionFactor), scale = rope.TakeDouble("mscale"), allScale = rope.TakeDouble("mscale_all_dim");
        double given = scale is not null and not 0 && allScale is not null and not 0
            ? YarnAttentionFactor(factor, scale.Value) / YarnAttentionFactor(factor, allScale.Value)
            : YarnAttentionFactor(factor);
        return new YarnRopeScaling(factor, original, attention ?? given)
        {
            BetaFast = rope.TakeDouble("beta_fast") ?? 32,
            BetaSlow = rope.TakeDouble("beta_slow") ?? 1,
            RoundRange = !rope.HasOwn("truncate") || rope.TakeFlag("truncate"),
        };
    }

    private static LongRopeScaling Long(ConfigObject rope, int original, int maxPositions, int size)
    {
        double factor = rope.HasOwn("factor") ? Factor(rope, "factor") : (double)maxPositions / original;
        double attention = rope.TakeDouble(AttentionFactor) ?? LongAttentionFactor(factor, original);
        return new LongRopeScaling(Factors(rope, "short_factor", size / 2), Factors(rope, "long_factor", size / 2), original, attention);
    }

    private static Llama3RopeScaling Llama3(ConfigObject rope, int? original)
    {
        var scaling = new Llama3RopeScaling(
            Factor(rope, "factor"),
            Factor(rope, "low_freq_factor"),
            Factor(rope, "high_freq_factor"),
            original ?? throw rope.Error($"llama3 scaling needs a positive {OriginalPositions}"));
        return scaling.HighFrequencyFactor > scaling.LowFrequencyFactor
            ? scaling
            : throw rope.Error(FormattableString.Invariant(
                $"high_freq_factor {scaling.HighFrequencyFactor} is not above low_freq_factor {scaling.LowFrequencyFactor}"));
    }

    // YaRN paper, equation 22, with the scale m that some files name.
    private static double YarnAttentionFactor(double factor, double scale = 1) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;

    // LongRoPE (arXiv 2402.13753), section 3.4.
    private static double LongAttentionFactor(double factor, int original) =>
        factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original)));

    private static ImmutableArray<double> Factors(ConfigObject rope, string key, int count)
    {
        ImmutableArray<double> factors = [.. rope.TakeDoubles(key)];
        if (factors.Length != count)
            throw rope.Error($"{key} has {factors.Length} numbers; {count} pairs of dimensions rotate");
        return factors.All(factor => factor > 0) ? factors : throw rope.Error($"{key} has a number that is not positive");
    }

    private static double Factor(ConfigObject rope, string key) =>
        rope.TakeDouble(key) is > 0 and var value ? value : throw rope.Error($"the scaling needs a positive {key}");

    private static void Name(Utf8JsonWriter json, string type) => json.WriteString("rope_type", type);

    private static void Numbers(Utf8JsonWriter json, string key, ImmutableArray<double> numbers)
    {
        json.WriteStartArray(key);
        foreach (double number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
