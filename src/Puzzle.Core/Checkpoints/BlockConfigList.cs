using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>
/// The per-layer <c>block_configs</c> of a config.json. Two dialects are read: ModelOpt's (num_key_value_heads, intermediate_size)
/// and DeciLM's (n_heads_in_group, ffn_mult).
/// </summary>
internal static class BlockConfigList
{
    /// <summary>What DeciLM rounds FFN widths up to.</summary>
    public const int DeciLmWidthMultiple = 256;

    /// <summary>The member that names a layer's window.</summary>
    public const string WindowLength = "window_length";

    /// <summary>The member that names a layer's rotary embedding by its number; -1 for none. This library's own.</summary>
    public const string Rotary = "rotary";

    /// <summary>The member that describes a mixture of experts.</summary>
    public const string Mixture = "moe";

    /// <summary>Reads one layer's block.</summary>
    /// <param name="block">The layer's member of the list.</param>
    /// <param name="plain">The layer's block by the members outside the list: its window and rotary embedding count where the list names
    /// none.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="hidden">Hidden size.</param>
    public static BlockConfig Take(ConfigObject block, BlockConfig plain, int heads, int hidden)
    {
        ConfigObject attention = block.TakeObject("attention") ?? throw block.Error("there is no attention");
        ConfigObject ffn = block.TakeObject("ffn") ?? throw block.Error("there is no ffn");
        block.RejectRest();
        return new BlockConfig(TakeAttention(attention, (GroupedQueryAttentionConfig)plain.Attention, heads), TakeFfn(ffn, hidden));
    }

    /// <summary>Gives the width that DeciLM means by a multiplier: two thirds of multiplier x hidden, rounded up to a multiple of
    /// 256.</summary>
    /// <returns>The width, or null if it is not positive or does not fit 32 bits.</returns>
    public static int? WidthOf(double multiplier, int hidden)
    {
        double exact = Math.Truncate(2 * multiplier * hidden / 3);
        double rounded = Math.Ceiling(exact / DeciLmWidthMultiple) * DeciLmWidthMultiple;
        return rounded is > 0 and <= int.MaxValue ? (int)rounded : null;
    }

    private static AttentionConfig TakeAttention(ConfigObject attention, GroupedQueryAttentionConfig plain, int heads)
    {
        bool noOp = attention.TakeFlag("no_op");
        bool linear = attention.TakeFlag("replace_with_linear");
        int? keyValueHeads = attention.TakeInt("num_key_value_heads");
        int? groupSize = attention.TakeInt("n_heads_in_group");
        // DeciLM's window belongs to an attention with sinks of its own kind, which is not supported.
        GroupedQueryAttentionConfig own = groupSize is null ? TakeReach(attention, plain) : plain;
        attention.TakeFixed("unshifted_sink", "false");
        attention.TakeFixed("use_prefill_window_in_sink_attention", "false");
        RejectOtherPrecision(attention);
        attention.RejectRest();

        if (noOp && linear)
            throw attention.Error("no_op and replace_with_linear are both set");
        if (noOp)
            return new NoOpAttentionConfig();
        if (linear)
            return new LinearAttentionConfig();
        return own with { KeyValueHeads = HeadsOf(attention, keyValueHeads, groupSize, heads) };
    }

    private static int HeadsOf(ConfigObject attention, int? keyValueHeads, int? groupSize, int heads)
    {
        if (groupSize is not { } group)
            return keyValueHeads ?? throw attention.Error("there is neither num_key_value_heads nor n_heads_in_group");
        if (group <= 0 || heads % group != 0)
            throw attention.Error($"n_heads_in_group {group} does not divide {heads} query heads");
        if (keyValueHeads is not null && keyValueHeads != heads / group)
            throw attention.Error($"num_key_value_heads {keyValueHeads} and n_heads_in_group {group} disagree for {heads} query heads");
        return heads / group;
    }

    // A window of 0 is none, also where the members outside the list name one.
    private static GroupedQueryAttentionConfig TakeReach(ConfigObject attention, GroupedQueryAttentionConfig plain)
    {
        int? window = attention.TakeInt(WindowLength), rotary = attention.TakeInt(Rotary);
        if (window < 0)
            throw attention.Error($"{WindowLength} is {window}; expected a positive number, or 0 for none");
        return plain with { Window = window is null ? plain.Window : window == 0 ? null : window, Rotary = rotary ?? plain.Rotary };
    }

    private static FfnConfig TakeFfn(ConfigObject ffn, int hidden)
    {
        bool noOp = ffn.TakeFlag("no_op");
        bool linear = ffn.TakeFlag("replace_with_linear");
        int? width = ffn.TakeInt("intermediate_size");
        double? multiplier = ffn.TakeDouble("ffn_mult");
        ffn.TakeFixed("hidden_act", "\"silu\"");
        MixtureFfnConfig? mixture = ffn.TakeObject(Mixture) is { } moe ? TakeMixture(moe) : null;
        RejectOtherPrecision(ffn);
        ffn.RejectRest();

        if (noOp && linear)
            throw ffn.Error("no_op and replace_with_linear are both set");
        if (noOp)
            return new NoOpFfnConfig();
        if (linear)
            return new LinearFfnConfig();
        return mixture ?? (FfnConfig)TakeGated(ffn, width, multiplier, hidden);
    }

    private static MixtureFfnConfig TakeMixture(ConfigObject moe)
    {
        var mixture = new MixtureFfnConfig(
            Required("num_local_experts"), Required("num_experts_per_tok"), Required("expert_intermediate_dim"));
        moe.RejectRest();
        return mixture;

        int Required(string key) => moe.TakeInt(key) is > 0 and var value ? value : throw moe.Error($"there is no positive {key}");
    }

    private static GatedFfnConfig TakeGated(ConfigObject ffn, int? width, double? multiplier, int hidden)
    {
        if (multiplier is { } value)
        {
            int meant = WidthOf(value, hidden) ?? throw ffn.Error(FormattableString.Invariant($"ffn_mult {value} gives no sensible width"));
            if (width is not null && width != meant)
                throw ffn.Error(
                    FormattableString.Invariant($"intermediate_size {width} and ffn_mult {value} (a width of {meant}) disagree"));
            return new GatedFfnConfig(meant);
        }
        return new GatedFfnConfig(width ?? throw ffn.Error("there is neither intermediate_size nor ffn_mult"));
    }

    /// <summary>ModelOpt's note on how weights are stored: the files say that themselves, but quantized weights would need more.</summary>
    private static void RejectOtherPrecision(ConfigObject subblock)
    {
        if (subblock.TakeText("weights_precision") is { } precision and not ("bf16" or "fp16" or "fp32"))
            throw subblock.Error($"weights_precision is '{precision}'; supported are bf16, fp16 and fp32");
    }
}
