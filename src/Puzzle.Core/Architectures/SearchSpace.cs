namespace Puzzle.Architectures;

/// <summary>The attention and FFN alternatives allowed in each layer (paper section 2). The parent's own is always one of them.</summary>
public sealed class SearchSpace
{
    private readonly AttentionConfig[][] _attention;
    private readonly FfnConfig[][] _ffn;

    /// <summary>Creates a space with alternatives of its own for each layer.</summary>
    /// <param name="parent">The parent's architecture; its own configs come first and need not be repeated.</param>
    /// <param name="attention">Attention alternatives per layer.</param>
    /// <param name="ffn">FFN alternatives per layer.</param>
    /// <exception cref="ArgumentException">The numbers of layers differ.</exception>
    public SearchSpace(
        Architecture parent, IReadOnlyList<IEnumerable<AttentionConfig>> attention, IReadOnlyList<IEnumerable<FfnConfig>> ffn)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(attention);
        ArgumentNullException.ThrowIfNull(ffn);
        if (attention.Count != parent.Count || ffn.Count != parent.Count)
            throw new ArgumentException(
                $"The parent has {parent.Count} layers; alternatives were given for {attention.Count} (attention) and {ffn.Count} (FFN).");
        Parent = parent;
        _attention = [.. attention.Select((configs, layer) => configs.Prepend(parent[layer].Attention).Distinct().ToArray())];
        _ffn = [.. ffn.Select((configs, layer) => configs.Prepend(parent[layer].Ffn).Distinct().ToArray())];
    }

    /// <summary>Gets the parent's architecture.</summary>
    public Architecture Parent { get; }

    /// <summary>Gets the number of layers.</summary>
    public int Layers => Parent.Count;

    /// <summary>Gets every attention config of any layer, each once.</summary>
    public IReadOnlyList<AttentionConfig> AllAttention => [.. _attention.SelectMany(configs => configs).Distinct()];

    /// <summary>Gets every FFN config of any layer, each once.</summary>
    public IReadOnlyList<FfnConfig> AllFfn => [.. _ffn.SelectMany(configs => configs).Distinct()];

    /// <summary>Creates a space with the same alternatives in every layer.</summary>
    /// <param name="parent">The parent's architecture.</param>
    /// <param name="attention">Attention alternatives.</param>
    /// <param name="ffn">FFN alternatives.</param>
    public static SearchSpace Uniform(Architecture parent, IEnumerable<AttentionConfig> attention, IEnumerable<FfnConfig> ffn)
    {
        ArgumentNullException.ThrowIfNull(parent);
        AttentionConfig[] attentions = [.. attention];
        FfnConfig[] ffns = [.. ffn];
        return new SearchSpace(
            parent,
            [.. Enumerable.Repeat<IEnumerable<AttentionConfig>>(attentions, parent.Count)],
            [.. Enumerable.Repeat<IEnumerable<FfnConfig>>(ffns, parent.Count)]);
    }

    /// <summary>
    /// Creates the paper's space (section 2): key-value heads at every divisor below the parent's, linear and no-op
    /// attention; FFN at 87, 75, 50, 25, 20 and 10 % of the parent's width, linear and no-op.
    /// </summary>
    /// <param name="config">The parent.</param>
    /// <param name="widthMultiple">What FFN widths are rounded to, a multiple the hardware likes; 16 by default.</param>
    public static SearchSpace Paper(ModelConfig config, int widthMultiple = 16) =>
        Create(config, [87, 75, 50, 25, 20, 10], widthMultiple, withLinear: true);

    /// <summary>Creates a space of every key-value head divisor and some FFN widths, with no-ops.</summary>
    /// <param name="config">The parent.</param>
    /// <param name="widthPercents">FFN widths in percent of the parent's.</param>
    /// <param name="widthMultiple">What FFN widths are rounded to.</param>
    /// <param name="withLinear">Whether linear replacements are alternatives too.</param>
    /// <param name="windows">Windows of attention in tokens, for layers that see more; none if null.</param>
    public static SearchSpace Create(
        ModelConfig config, IReadOnlyList<int> widthPercents, int widthMultiple, bool withLinear, IReadOnlyList<int>? windows = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(widthPercents);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(widthMultiple);
        return new SearchSpace(
            config.Architecture,
            [.. config.Architecture.Select(block => AttentionAlternatives(block.Attention, withLinear, windows ?? []))],
            [.. config.Architecture.Select(block => FfnAlternatives(block.Ffn, widthPercents, widthMultiple, withLinear))]);
    }

    /// <summary>Gives a layer's attention alternatives, the parent's first.</summary>
    /// <param name="layer">The layer.</param>
    public IReadOnlyList<AttentionConfig> Attention(int layer) => _attention[layer];

    /// <summary>Gives a layer's FFN alternatives, the parent's first.</summary>
    /// <param name="layer">The layer.</param>
    public IReadOnlyList<FfnConfig> Ffn(int layer) => _ffn[layer];

    /// <summary>Gives a layer's block alternatives, every pair; the parent's first.</summary>
    /// <param name="layer">The layer.</param>
    public IEnumerable<BlockConfig> Blocks(int layer) =>
        from attention in _attention[layer] from ffn in _ffn[layer] select new BlockConfig(attention, ffn);

    /// <summary>
    /// Keeps only the subblocks that appear in solutions, and the parent's: the space of the second stage of two-stage
    /// blockwise distillation (paper appendix F.1.1).
    /// </summary>
    /// <param name="solutions">Architectures that searches chose.</param>
    /// <param name="perLayer">
    /// Whether a subblock stays only in the layers where it was chosen. False by default, as in the paper: it then stays in every
    /// layer that had it.
    /// </param>
    /// <exception cref="ArgumentException">A solution has another number of layers.</exception>
    public SearchSpace Reduce(IReadOnlyCollection<Architecture> solutions, bool perLayer = false)
    {
        ArgumentNullException.ThrowIfNull(solutions);
        if (solutions.FirstOrDefault(solution => solution.Count != Layers) is { } other)
            throw new ArgumentException($"A solution has {other.Count} layers; the space has {Layers}.", nameof(solutions));
        return new SearchSpace(
            Parent,
            [.. _attention.Select((configs, layer) => configs.Intersect(Chosen(layer).Select(block => block.Attention)))],
            [.. _ffn.Select((configs, layer) => configs.Intersect(Chosen(layer).Select(block => block.Ffn)))]);

        IEnumerable<BlockConfig> Chosen(int layer) =>
            perLayer ? solutions.Select(solution => solution[layer]) : solutions.SelectMany(solution => solution);
    }

    private static IEnumerable<AttentionConfig> AttentionAlternatives(AttentionConfig parent, bool withLinear, IReadOnlyList<int> windows)
    {
        if (parent is GroupedQueryAttentionConfig { KeyValueHeads: var heads } own)
        {
            for (int fewer = heads - 1; fewer >= 1; fewer--)
            {
                if (heads % fewer == 0)
                    yield return own with { KeyValueHeads = fewer };
            }
            foreach (int window in windows.Where(window => window < (own.Window ?? int.MaxValue)).OrderDescending())
                yield return own with { Window = window };
            if (withLinear)
                yield return new LinearAttentionConfig();
        }
        yield return new NoOpAttentionConfig();
    }

    private static IEnumerable<FfnConfig> FfnAlternatives(FfnConfig parent, IReadOnlyList<int> percents, int multiple, bool withLinear)
    {
        if (parent is GatedFfnConfig { IntermediateSize: var width })
        {
            foreach (int percent in percents.OrderDescending())
            {
                long rounded = Math.Max(1, (long)Math.Round((double)width * percent / 100 / multiple)) * multiple;
                if (rounded < width)
                    yield return new GatedFfnConfig((int)rounded);
            }
            if (withLinear)
                yield return new LinearFfnConfig();
        }
        if (parent is MixtureFfnConfig mixture)
        {
            foreach (MixtureFfnConfig smaller in MixtureAlternatives(mixture, percents, multiple))
                yield return smaller;
            if (withLinear)
                yield return new LinearFfnConfig();
        }
        yield return new NoOpFfnConfig();
    }

    // Fewer experts, narrower ones, or fewer active ones: one thing at a time.
    private static IEnumerable<MixtureFfnConfig> MixtureAlternatives(MixtureFfnConfig parent, IReadOnlyList<int> percents, int multiple)
    {
        var smaller = new List<MixtureFfnConfig>();
        foreach (int percent in percents.OrderDescending())
        {
            int experts = (int)Math.Max(parent.ActiveExperts, Math.Round((double)parent.Experts * percent / 100));
            long width = Math.Max(1, (long)Math.Round((double)parent.IntermediateSize * percent / 100 / multiple)) * multiple;
            smaller.Add(parent with { Experts = experts });
            if (width < parent.IntermediateSize)
                smaller.Add(parent with { IntermediateSize = (int)width });
        }
        for (int active = parent.ActiveExperts / 2; active >= 1; active /= 2)
            smaller.Add(parent with { ActiveExperts = active });
        return smaller.Distinct().Where(config => config != parent);
    }
}
