using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>The rotary settings of a config.json, in the older spelling (rope_theta, rope_scaling) or the newer (rope_parameters).</summary>
internal static class RotaryConfig
{
    private const double DefaultTheta = 10_000;

    /// <summary>Takes both spellings; where both are there they must agree.</summary>
    public static (double Theta, RopeScaling? Scaling) Take(ConfigObject config)
    {
        double? theta = config.TakeDouble("rope_theta");
        ConfigObject? older = config.TakeObject("rope_scaling");
        ConfigObject? newer = config.TakeObject("rope_parameters");
        RopeScaling? scaling = older is null ? null : TakeScaling(older, ref theta);
        if (newer is not null)
        {
            RopeScaling? parameters = TakeScaling(newer, ref theta);
            if (older is not null && parameters != scaling)
                throw config.Error("rope_scaling and rope_parameters disagree");
            scaling = parameters;
        }
        return (theta ?? DefaultTheta, scaling);
    }

    private static RopeScaling? TakeScaling(ConfigObject rope, ref double? theta)
    {
        string? type = rope.TakeText("rope_type");
        string? oldType = rope.TakeText("type");
        if (type is not null && oldType is not null && type != oldType)
            throw rope.Error($"rope_type '{type}' and type '{oldType}' disagree");
        if (rope.TakeDouble("rope_theta") is { } innerTheta)
        {
            if (theta is not null && theta != innerTheta)
                throw rope.Error(FormattableString.Invariant($"rope_theta {innerTheta} disagrees with {theta} given elsewhere"));
            theta = innerTheta;
        }
        rope.TakeFixed("partial_rotary_factor", "1.0");

        RopeScaling? scaling = (type ?? oldType) switch
        {
            "default" => null,
            "llama3" => new RopeScaling(
                TakeFactor(rope, "factor"),
                TakeFactor(rope, "low_freq_factor"),
                TakeFactor(rope, "high_freq_factor"),
                rope.TakeInt("original_max_position_embeddings") is > 0 and var positions ? positions : throw rope.Error("llama3 scaling needs a positive original_max_position_embeddings")),
            null => throw rope.Error("there is no rope_type"),
            { } unknown => throw rope.Error($"rope_type is '{unknown}'; supported are default and llama3"),
        };
        if (scaling is not null && scaling.HighFrequencyFactor <= scaling.LowFrequencyFactor)
            throw rope.Error(FormattableString.Invariant($"high_freq_factor {scaling.HighFrequencyFactor} is not above low_freq_factor {scaling.LowFrequencyFactor}"));
        rope.RejectRest();
        return scaling;
    }

    private static double TakeFactor(ConfigObject rope, string key) =>
        rope.TakeDouble(key) is > 0 and var value ? value : throw rope.Error($"llama3 scaling needs a positive {key}");
}
