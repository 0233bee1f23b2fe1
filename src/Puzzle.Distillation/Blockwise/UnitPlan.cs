using Puzzle.Architectures;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Native;

namespace Puzzle.Distillation.Blockwise;

/// <summary>Cuts a request into units.</summary>
internal sealed class UnitPlan
{
    // 3: recipes name the device, and since options have it the precision.
    private const int Version = 3;

    // Of the starts, their choice by held-out loss, and that a variant which training does not better stays as it started.
    private const int ClosedFormVersion = 1;

    private readonly SearchSpace _space;
    private readonly IReadOnlyList<IReadOnlyList<BlockConfig>>? _pairs;
    private readonly ClosedFormCoverage? _closedForm;
    private readonly NoOpPartners _besideNoOps;
    private readonly bool _nests;
    private readonly Recipe _recipe;
    private readonly Recipe? _closedFormRecipe;
    private readonly Dictionary<SubblockKey, SubblockVariant> _start = [];

    /// <exception cref="ArgumentException">Two variants to start from have the same key, or there are pairs for another number of
    /// layers.</exception>
    public UnitPlan(BlockwiseDistillationRequest request, BlockwiseDistillationOptions options)
        : this(request.SearchSpace, options, RecipeOf(request, options, Initialization.Paper))
    {
        _pairs = request.Pairs;
        if (options.Initialization == Initialization.ClosedForm)
        {
            _closedForm = new ClosedFormCoverage(request.Parent.Model.Config, request.Parent.Model.Budget);
            _closedFormRecipe = RecipeOf(request, options, Initialization.ClosedForm).With("ClosedForm", ClosedFormVersion);
        }
        if (request.Pairs is { } pairs && pairs.Count != request.Parent.Model.Config.Layers)
            throw new ArgumentException(
                $"The parent has {request.Parent.Model.Config.Layers} layers; pairs were given for {pairs.Count}.", nameof(request));
        foreach (SubblockVariant variant in request.Start.Where(variant => !variant.IsParent))
        {
            if (!_start.TryAdd(variant.Key, variant))
                throw new ArgumentException($"Two variants to start from are {variant.Key}.", nameof(request));
        }
    }

    private UnitPlan(SearchSpace space, BlockwiseDistillationOptions options, Recipe recipe)
    {
        (_space, _recipe, _besideNoOps) = (space, recipe, BesideNoOps(options));
        // Without training nothing is shared.
        _nests = options.NestedWidths && options.Steps > 0;
    }

    /// <summary>Cuts a space into units to be counted, where there is no parent yet; nothing can be made by their recipe.</summary>
    public static UnitPlan ToCount(SearchSpace space, BlockwiseDistillationOptions options) =>
        new(space, options, new Recipe("counted", Version));

    /// <summary>Gives the units of a layer, in the order of the space or of the pairs.</summary>
    public BlockUnit[] Of(int layer) => [.. (
        _pairs is { } pairs ? Coupled(layer, pairs[layer]) : Nested([.. Decoupled(layer)], layer))
        .Select(unit => Started(unit, _space.Parent[layer]))];

    // What has no closed-form start is what it would be without the option, and its recipe says so.
    private BlockUnit Started(BlockUnit unit, BlockConfig parent)
    {
        bool covered = _closedForm?.Covers(unit, parent) == true;
        Recipe recipe = covered ? _closedFormRecipe! : _recipe;
        return unit with
        {
            HasClosedForm = covered,
            Recipe = (unit.Attention, unit.Ffn) switch
            {
                ({ }, { }) =>
                    recipe.With("Pair", unit.Block.Name)
                        .With("AttentionStart", unit.AttentionStart?.WeightsDigest)
                        .With("FfnStart", unit.FfnStart?.WeightsDigest),
                _ when unit.IsNested => recipe.With("Nested", unit.Widths),
                _ when (unit.AttentionStart ?? unit.FfnStart) is { } start => recipe.With("Start", start.WeightsDigest),
                _ => recipe,
            },
        };
    }

    // Without training only an FFN has a start of its own beside a no-op.
    private static NoOpPartners BesideNoOps(BlockwiseDistillationOptions options) => options switch
    {
        { Steps: > 0 } or { TrainBesideNoOps: NoOpPartners.None } => options.TrainBesideNoOps,
        { Initialization: Initialization.ClosedForm } => NoOpPartners.Attention,
        _ => NoOpPartners.None,
    };

    // Layers differ in their inputs, and those are a function of parent and data: both are part of the recipe.
    private static Recipe RecipeOf(
        BlockwiseDistillationRequest request, BlockwiseDistillationOptions options,
        Initialization initialization) => new Recipe("blockwise distillation", Version)
        .With("Parent", request.Parent.Fingerprint)
        .With("ParentType", request.Parent.Model.ElementType)
        .With("Device", DeviceName.Of(request.Parent.Model.Device))
        .With("Data", request.Data.Fingerprint)
        .WithOptions(
            options,
            (nameof(options.Initialization), initialization),
            (nameof(options.Precision), ComputePrecision.ForUnits(options.Precision, request.Parent.Model)),
            (nameof(options.HeldOutWindows), options.NeedsHeldOut ? options.HeldOutWindows : null),
            (nameof(options.ActivationType), options.ActivationTypeFor(request.Parent.Model)),
            (nameof(options.NestedShare), options.NestedWidths ? options.NestedShare : null),
            (nameof(options.CheckEvery), options.StopWhenFlat ? options.CheckEvery : null),
            (nameof(options.Patience), options.StopWhenFlat ? options.Patience : null),
            (nameof(options.FlatTolerance), options.StopWhenFlat ? options.FlatTolerance : null),
            (nameof(options.DecayShare), options.StopWhenFlat ? options.DecayShare : null));

    private IEnumerable<BlockUnit> Decoupled(int layer)
    {
        BlockConfig parent = _space.Parent[layer];
        var attentions = _space.Attention(layer);
        var ffns = _space.Ffn(layer);
        foreach (AttentionConfig attention in attentions.Skip(1))
            yield return AttentionOf(layer, parent with { Attention = attention });
        foreach (FfnConfig ffn in ffns.Skip(1))
            yield return FfnOf(layer, parent with { Ffn = ffn });
        if (_besideNoOps is NoOpPartners.Both && ffns.Skip(1).Any(ffn => ffn is NoOpFfnConfig))
        {
            foreach (AttentionConfig attention in attentions.Where(attention => attention is not NoOpAttentionConfig))
                yield return AttentionOf(layer, new BlockConfig(attention, new NoOpFfnConfig()), beside: true);
        }
        if (_besideNoOps is not NoOpPartners.None && attentions.Skip(1).Any(attention => attention is NoOpAttentionConfig))
        {
            foreach (FfnConfig ffn in ffns.Where(ffn => ffn is not NoOpFfnConfig))
                yield return FfnOf(layer, new BlockConfig(new NoOpAttentionConfig(), ffn), beside: true);
        }
    }

    // FFNs of one layer that differ only in width become the unit of the widest of them.
    private IEnumerable<BlockUnit> Nested(IReadOnlyList<BlockUnit> units, int layer)
    {
        if (!_nests || _space.Parent[layer].Ffn is not GatedFfnConfig)
            return units;
        var made = new List<BlockUnit>();
        foreach (IGrouping<object, BlockUnit> group in units.GroupBy(
            unit => unit is { Attention: null, Widths.Count: 1, FfnStart: null } ? unit.Block.Attention : (object)unit))
        {
            int[] widths = [.. group.SelectMany(unit => unit.Widths).OrderDescending()];
            made.Add(group.MaxBy(unit => unit.Widths.Count > 0 ? unit.Widths[0] : 0)! with { Widths = widths });
        }
        return made;
    }

    private IEnumerable<BlockUnit> Coupled(int layer, IReadOnlyList<BlockConfig> pairs)
    {
        BlockConfig parent = _space.Parent[layer];
        var blocks = pairs.Distinct().Where(block => block != parent).ToList();
        // A no-op is never trained, but pairs are composed of it.
        if (parent.Attention is not NoOpAttentionConfig && blocks.Any(block => block.Attention is NoOpAttentionConfig))
            yield return AttentionOf(layer, parent with { Attention = new NoOpAttentionConfig() });
        if (parent.Ffn is not NoOpFfnConfig && blocks.Any(block => block.Ffn is NoOpFfnConfig))
            yield return FfnOf(layer, parent with { Ffn = new NoOpFfnConfig() });
        foreach (BlockConfig block in blocks)
        {
            if (block is { Attention: not NoOpAttentionConfig, Ffn: not NoOpFfnConfig })
                yield return PairOf(layer, block);
            else if (block.Attention is not NoOpAttentionConfig)
                yield return AttentionOf(layer, block, beside: parent.Ffn is not NoOpFfnConfig);
            else if (block.Ffn is not NoOpFfnConfig)
                yield return FfnOf(layer, block, beside: parent.Attention is not NoOpAttentionConfig);
        }
    }

    private BlockUnit AttentionOf(int layer, BlockConfig block, bool beside = false)
    {
        SubblockVariant? start = AttentionStart(layer, block);
        return new BlockUnit(
            block, new SubblockKey(layer, SubblockKind.Attention, block.Attention.Name, beside ? block.Ffn.Name : null), null, _recipe,
            start);
    }

    private BlockUnit FfnOf(int layer, BlockConfig block, bool beside = false)
    {
        SubblockVariant? start = FfnStart(layer, block);
        return new BlockUnit(
            block, null, new SubblockKey(layer, SubblockKind.Ffn, block.Ffn.Name, beside ? block.Attention.Name : null), _recipe,
            FfnStart: start);
    }

    private BlockUnit PairOf(int layer, BlockConfig block)
    {
        SubblockVariant? attention = AttentionStart(layer, block), ffn = FfnStart(layer, block);
        return new BlockUnit(
            block,
            new SubblockKey(layer, SubblockKind.Attention, block.Attention.Name, block.Ffn.Name),
            new SubblockKey(layer, SubblockKind.Ffn, block.Ffn.Name, block.Attention.Name),
            _recipe,
            attention, ffn);
    }

    private SubblockVariant? AttentionStart(int layer, BlockConfig block) =>
        Start(new SubblockKey(layer, SubblockKind.Attention, block.Attention.Name, block.Ffn.Name));

    private SubblockVariant? FfnStart(int layer, BlockConfig block) =>
        Start(new SubblockKey(layer, SubblockKind.Ffn, block.Ffn.Name, block.Attention.Name));

    // A no-op's own variant has no weights to start from.
    private SubblockVariant? Start(SubblockKey key) =>
        key.Config == "noop" ? null : _start.GetValueOrDefault(key) ?? _start.GetValueOrDefault(key with { Beside = null });
}
