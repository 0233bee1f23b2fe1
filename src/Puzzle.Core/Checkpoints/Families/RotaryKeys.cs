using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>The rotary members of a config.json, in the older spelling (rope_theta, rope_scaling) or the newer (rope_parameters).</summary>
internal static class RotaryKeys
{
    private const double DefaultTheta = 10_000;
    private const string PartialFactor = "partial_rotary_factor";

    /// <summary>Takes both spellings; where both are there they must agree.</summary>
    /// <param name="config">The config.</param>
    /// <param name="headSize">The head size.</param>
    /// <param name="maxPositions">The file's <c>max_position_embeddings</c>.</param>
    /// <param name="canBePartial">Whether only some dimensions may rotate.</param>
    /// <returns>The rotary embedding, and another one for layers with a window, where the file names two.</returns>
    public static (RotarySettings Main, RotarySettings? Local) Take(ConfigObject config, int headSize, int maxPositions, bool canBePartial)
    {
        var shared = new RotaryContext(
            config.TakeDouble("rope_theta"), config.TakeDouble(PartialFactor), config.TakeInt("original_max_position_embeddings"), headSize,
            maxPositions, canBePartial);
        ConfigObject? older = config.TakeObject("rope_scaling"), newer = config.TakeObject("rope_parameters");
        if (newer is not null && newer.HasOwn("full_attention"))
            return TakeByType(newer, shared);
        if (older is null && newer is null)
            return (shared.Settings(config, shared.Theta ?? DefaultTheta, shared.PartialFactor, null), null);
        RotarySettings? old = older is null ? null : shared.Take(older), parameters = newer is null ? null : shared.Take(newer);
        if (old is not null && parameters is not null && old != parameters)
            throw config.Error("rope_scaling and rope_parameters disagree");
        return ((parameters ?? old)!, null);
    }

    private static (RotarySettings Main, RotarySettings? Local) TakeByType(ConfigObject types, RotaryContext shared)
    {
        RotarySettings full = shared.Take(types.TakeObject("full_attention")!);
        RotarySettings? sliding = types.TakeObject("sliding_attention") is { } local ? (shared with { Theta = null }).Take(local) : null;
        types.RejectRest();
        return (full, sliding);
    }

    /// <summary>What a file says outside the object that describes a rotary embedding.</summary>
    private sealed record RotaryContext(
        double? Theta, double? PartialFactor, int? OriginalMaxPositions, int HeadSize, int MaxPositions, bool CanBePartial)
    {
        public RotarySettings Take(ConfigObject rope)
        {
            double? theta = Agreed(rope, "rope_theta", Theta, rope.TakeDouble("rope_theta"));
            double? partial = Agreed(rope, RotaryKeys.PartialFactor, PartialFactor, rope.TakeDouble(RotaryKeys.PartialFactor));
            double? original = Agreed(
                rope, "original_max_position_embeddings", OriginalMaxPositions, rope.TakeInt("original_max_position_embeddings"));
            RotarySettings unscaled = Settings(rope, theta ?? DefaultTheta, partial, null);
            RopeScaling? scaling = RopeScalingKeys.Take(rope, (int?)original, MaxPositions, unscaled.Size);
            rope.RejectRest();
            return unscaled with { Scaling = scaling };
        }

        public RotarySettings Settings(ConfigObject at, double theta, double? partial, RopeScaling? scaling)
        {
            if (partial is not null and not 1 && !CanBePartial)
                throw at.Error(FormattableString.Invariant($"{RotaryKeys.PartialFactor} is {partial}; this family supports only 1"));
            if (partial is <= 0 or > 1)
                throw at.Error(
                    FormattableString.Invariant($"{RotaryKeys.PartialFactor} is {partial}; expected a number above 0, at most 1"));
            int size = (int)(HeadSize * (partial ?? 1));
            return partial is null || (size > 0 && size % 2 == 0)
                ? new RotarySettings(theta, size, scaling)
                : throw at.Error($"{size} of {HeadSize} dimensions of a head rotate; expected a positive even number");
        }

        private static double? Agreed(ConfigObject at, string key, double? outer, double? inner) =>
            outer is null || inner is null || outer == inner
                ? inner ?? outer
                : throw at.Error(FormattableString.Invariant($"{key} {inner} disagrees with {outer} given elsewhere"));
    }
}
