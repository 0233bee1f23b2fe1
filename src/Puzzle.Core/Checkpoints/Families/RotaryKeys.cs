using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>The rotary members of a config.json, in the older spelling (rope_theta, rope_scaling) or the newer (rope_parameters).</summary>
internal static class RotaryKeys
{
    private const double DefaultTheta = 10_000;
    private const string PartialFactor = "partial_rotary_factor";
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>Takes both spellings; where both are there they must agree.</summary>
    /// <param name="config">The config.</param>
    /// <param name="family">Its family, which says whether the newer spelling has one object for each type of layer.</param>
    /// <param name="headSize">The head size.</param>
    /// <param name="maxPositions">The file's <c>max_position_embeddings</c>.</param>
    /// <returns>The rotary embedding, and another one for layers with a window, where the newer spelling has it.</returns>
    public static (RotarySettings Main, RotarySettings? Local) Take(ConfigObject config, ModelFamily family, int headSize, int maxPositions)
    {
        (double? theta, double usualTheta) = TakeTheta(config, "rope_theta");
        var shared = new RotaryContext(family, headSize, maxPositions)
        {
            Theta = theta,
            UsualTheta = usualTheta,
            PartialFactor = config.TakeDouble(PartialFactor),
            OriginalMaxPositions = config.TakeInt("original_max_position_embeddings"),
        };
        RotarySettings? older = config.TakeObject("rope_scaling") is { } scaling ? shared.TakeNamed(scaling) : null;
        (RotarySettings? newer, RotarySettings? local) = config.TakeObject("rope_parameters") switch
        {
            null => (null, null),
            { } types when family.HasLocalRotary => TakeByType(config, types, shared),
            { } parameters => (shared.Take(parameters), (RotarySettings?)null),
        };
        return older is null || newer is null || older == newer
            ? (newer ?? older ?? shared.Unscaled(config), local)
            : throw config.Error("rope_scaling and rope_parameters disagree");
    }

    private static (RotarySettings Main, RotarySettings? Local) TakeByType(ConfigObject config, ConfigObject types, RotaryContext shared)
    {
        if (!types.HasOwn(Full) && !types.HasOwn(Sliding))
            throw types.Error($"there is neither {Full} nor {Sliding}");
        (double? theta, double usualTheta) = TakeTheta(config, LayerRotaries.LocalTheta);
        RotaryContext slides = shared with { Theta = theta, UsualTheta = usualTheta };
        RotarySettings full = types.TakeObject(Full) is { } global ? shared.Take(global) : shared.Unscaled(types);
        RotarySettings sliding = types.TakeObject(Sliding) is { } local ? slides.Take(local) : slides.Unscaled(types);
        types.RejectRest();
        return (full, sliding);
    }

    // What the file says, and what counts where nothing says anything else: the family's own base, or the common one.
    private static (double? Own, double Usual) TakeTheta(ConfigObject config, string key)
    {
        bool isOwn = config.HasOwn(key);
        double? theta = config.TakeDouble(key);
        return isOwn ? (theta, DefaultTheta) : (null, theta ?? DefaultTheta);
    }

    /// <summary>What a file says outside the object that describes a rotary embedding.</summary>
    private sealed record RotaryContext(ModelFamily Family, int HeadSize, int MaxPositions)
    {
        public double? Theta { get; init; }

        public double UsualTheta { get; init; }

        public double? PartialFactor { get; init; }

        public int? OriginalMaxPositions { get; init; }

        public RotarySettings Unscaled(ConfigObject at) => Settings(at, Theta, PartialFactor);

        // The older spelling is there for scaling only.
        public RotarySettings TakeNamed(ConfigObject rope) =>
            rope.HasOwn("rope_type") || rope.HasOwn("type") ? Take(rope) : throw rope.Error("there is no rope_type");

        public RotarySettings Take(ConfigObject rope)
        {
            double? theta = Agreed(rope, "rope_theta", Theta, rope.TakeDouble("rope_theta"));
            double? partial = Agreed(rope, RotaryKeys.PartialFactor, PartialFactor, rope.TakeDouble(RotaryKeys.PartialFactor));
            double? original = Agreed(
                rope, "original_max_position_embeddings", OriginalMaxPositions, rope.TakeInt("original_max_position_embeddings"));
            RotarySettings unscaled = Settings(rope, theta, partial);
            RopeScaling? scaling = RopeScalingKeys.Take(rope, Family, (int?)original, MaxPositions, unscaled.Size);
            rope.RejectRest();
            return unscaled with { Scaling = scaling };
        }

        private RotarySettings Settings(ConfigObject at, double? theta, double? partial)
        {
            if (partial is not null and not 1 && !Family.HasPartialRotary)
                throw at.Error(FormattableString.Invariant($"{RotaryKeys.PartialFactor} is {partial}; this family supports only 1"));
            if (partial is <= 0 or > 1)
                throw at.Error(
                    FormattableString.Invariant($"{RotaryKeys.PartialFactor} is {partial}; expected a number above 0, at most 1"));
            int size = (int)(HeadSize * (partial ?? 1));
            return partial is null || (size > 0 && size % 2 == 0)
                ? new RotarySettings(theta ?? UsualTheta, size)
                : throw at.Error($"{size} of {HeadSize} dimensions of a head rotate; expected a positive even number");
        }

        private static double? Agreed(ConfigObject at, string key, double? outer, double? inner) =>
            outer is null || inner is null || outer == inner
                ? inner ?? outer
                : throw at.Error(FormattableString.Invariant($"{key} {inner} disagrees with {outer} given elsewhere"));
    }
}
