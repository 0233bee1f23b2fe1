using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Distillation.Blockwise;

/// <summary>The unit of work: one block of one layer, of which one half or both are made.</summary>
/// <param name="Block">The block that is trained; the half that is not made is the parent's own or a no-op.</param>
/// <param name="Attention">What the attention is stored as; null if it is not made.</param>
/// <param name="Ffn">What the FFN is stored as; null if it is not made.</param>
/// <param name="Recipe">Everything the making depends on; both halves of a pair have the same.</param>
/// <param name="AttentionStart">What the attention starts from; null for the training-free initialization.</param>
/// <param name="FfnStart">What the FFN starts from; null for the training-free initialization.</param>
internal sealed record BlockUnit(
    BlockConfig Block, SubblockKey? Attention, SubblockKey? Ffn, Recipe Recipe, SubblockVariant? AttentionStart = null,
    SubblockVariant? FfnStart = null)
{
    /// <summary>Gets a value indicating whether a half that is made has a closed-form start.</summary>
    public bool HasClosedForm { get; init; }

    /// <summary>Gets the widths of the gated FFNs that are made, the widest first, which is <see cref="Ffn"/>'s; several where their
    /// channels are nested, none for other FFNs.</summary>
    public IReadOnlyList<int> Widths { get; init; } = Ffn is not null && Block.Ffn is GatedFfnConfig own ? [own.IntermediateSize] : [];

    /// <summary>Gets a value indicating whether FFNs of several widths are trained in one.</summary>
    public bool IsNested => Widths.Count > 1;

    /// <summary>Gets what the FFNs are stored as, in the order of <see cref="Widths"/>.</summary>
    public IEnumerable<SubblockKey> Ffns => Ffn is null ? []
        : IsNested ? Widths.Select(width => Ffn with { Config = new GatedFfnConfig(width).Name })
        : [Ffn];

    /// <summary>Gets a value indicating whether what is made has weights: a no-op has none.</summary>
    public bool IsTrainable =>
        (Attention is not null && Block.Attention is not NoOpAttentionConfig) || (Ffn is not null && Block.Ffn is not NoOpFfnConfig);

    /// <summary>Gives the optimizer steps it takes at most.</summary>
    public int Steps(BlockwiseDistillationOptions options) => !IsNested || options.Steps == 0
        ? options.Steps
        : Math.Max(1, checked((int)Math.Ceiling((double)options.Steps * Widths.Count * options.NestedShare)));

    /// <summary>Gives the parameters that are stored.</summary>
    public long StoredParameters(ModelConfig model) =>
        (Attention is null ? 0 : ParameterCounter.Attention(model, Block.Attention))
        + (IsNested ? Widths.Sum(width => OfWidth(model, width)) : Ffn is null ? 0 : ParameterCounter.Ffn(model, Block.Ffn));

    /// <summary>Gives the parameters that a step trains, on average over the widths.</summary>
    public long ActiveParameters(ModelConfig model) => IsNested ? StoredParameters(model) / Widths.Count : StoredParameters(model);

    /// <summary>Gives the parameters that are in memory while it is trained, at most.</summary>
    public long TrainedParameters(ModelConfig model) =>
        IsNested ? OfWidth(model, Widths[0]) + Widths.Skip(1).Sum(width => ((long)width + 1) * model.HiddenSize) : StoredParameters(model);

    private static long OfWidth(ModelConfig model, int width) => ParameterCounter.Ffn(model, new GatedFfnConfig(width));

    /// <summary>Gives the stored variants, attention first.</summary>
    /// <returns>Null if one of them is missing or damaged: then the unit has to be made again.</returns>
    public IReadOnlyList<SubblockVariant>? Find(IBlockLibrary library)
    {
        var found = new List<SubblockVariant>(2);
        foreach (SubblockKey key in Attention is null ? Ffns : Ffns.Prepend(Attention))
        {
            if (library.Find(key, Recipe.Fingerprint) is not { } variant)
                return null;
            found.Add(variant);
        }
        return found;
    }

    /// <summary>Says why the unit is made although the library has one of its kind; null where it has none.</summary>
    public string? WhyAnew(IBlockLibrary library)
    {
        IReadOnlyList<string> differences = library.Explain((Attention ?? Ffn)!, Recipe);
        return differences.Count > 0 ? $"{this}: {string.Join("; ", differences)}" : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Attention is not null && Ffn is not null ? $"layer {Attention.Layer} pair {Block}"
        : IsNested ? $"{Ffn} and {string.Join(", ", Widths.Skip(1))}"
        : $"{Attention ?? Ffn}";
}
