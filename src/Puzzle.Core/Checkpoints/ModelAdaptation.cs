using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>A model as some format can hold it: computes the same as its source.</summary>
internal sealed class ModelAdaptation
{
    private readonly ModelConfig _source;
    private readonly int[] _sourceLayers;

    private ModelAdaptation(ModelConfig source, ModelConfig config, int[] sourceLayers, IReadOnlyList<ExportChange> changes)
    {
        (_source, Config, _sourceLayers) = (source, config, sourceLayers);
        Report = new ExportReport(config.Architecture, changes, ParameterCounter.Total(source), ParameterCounter.Total(config));
    }

    /// <summary>Gets the shape as exported.</summary>
    public ModelConfig Config { get; }

    /// <summary>Gets what was changed.</summary>
    public ExportReport Report { get; }

    /// <summary>Gives the layer of the source that an exported layer comes from.</summary>
    public int? SourceLayer(int? exportedLayer) => exportedLayer is { } layer ? _sourceLayers[layer] : null;

    /// <summary>Applies the rules.</summary>
    /// <exception cref="NotSupportedException">No layer is left.</exception>
    public static ModelAdaptation Create(ModelConfig source, AdaptationRules rules)
    {
        var blocks = new List<BlockConfig>();
        var layers = new List<int>();
        var changes = new List<ExportChange>();
        for (int layer = 0; layer < source.Layers; layer++)
        {
            BlockConfig block = source.Architecture[layer];
            if (rules.RemoveEmptyLayers && block is { Attention: NoOpAttentionConfig, Ffn: NoOpFfnConfig })
            {
                changes.Add(new(ExportChangeKind.LayerRemoved, layer, "both subblocks are no-ops; the layer is left out"));
                continue;
            }
            AttentionConfig attention = AdaptAttention(block.Attention, layer, isFirst: blocks.Count == 0, rules, changes);
            blocks.Add(new BlockConfig(attention, AdaptFfn(block.Ffn, layer, rules, changes)));
            layers.Add(layer);
        }
        if (blocks.Count == 0)
            throw new NotSupportedException("Every layer consists of no-ops: there is no layer to export.");
        return new ModelAdaptation(source, source with { Architecture = new Architecture(blocks) }, [.. layers], changes);
    }

    /// <summary>Lists the weights as exported: embedding, layers in order, final norm, and the head unless it is tied.</summary>
    public IEnumerable<AdaptedWeight> Weights()
    {
        var sources = WeightNames.Model(_source).ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        yield return Whole(WeightNames.Embedding);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            string prefix = WeightNames.LayerPrefix(layer), sourcePrefix = WeightNames.LayerPrefix(_sourceLayers[layer]);
            foreach (WeightShape weight in WeightNames.Block(Config, Config.Architecture[layer]))
                yield return new AdaptedWeight(layer, weight.Name, new WeightShape(prefix + weight.Name, [.. weight.Shape]),
                    sources.GetValueOrDefault(sourcePrefix + weight.Name));
        }
        yield return Whole(WeightNames.FinalNorm);
        if (!Config.TieWordEmbeddings)
            yield return Whole(WeightNames.Head);

        AdaptedWeight Whole(string name) => new(null, name, sources[name], sources[name]);
    }

    private static AttentionConfig AdaptAttention(
        AttentionConfig attention, int layer, bool isFirst, AdaptationRules rules, List<ExportChange> changes)
    {
        if (!isFirst || attention is not NoOpAttentionConfig || rules.FirstAttention is not { } added)
            return attention;
        changes.Add(new(ExportChangeKind.AttentionAdded, layer,
            $"readers need attention in the first layer; the no-op is written as {added} that adds zero"));
        return added;
    }

    private static FfnConfig AdaptFfn(FfnConfig ffn, int layer, AdaptationRules rules, List<ExportChange> changes)
    {
        if (ffn is NoOpFfnConfig && rules.FfnFiller is { } filler)
        {
            changes.Add(new(ExportChangeKind.FfnAdded, layer,
                $"readers skip a whole layer that has no FFN; the no-op is written as an FFN of width {filler} that adds zero"));
            return new GatedFfnConfig(filler);
        }
        if (ffn is GatedFfnConfig { IntermediateSize: var width } && width % rules.FfnMultiple != 0)
        {
            int padded = checked((width / rules.FfnMultiple + 1) * rules.FfnMultiple);
            changes.Add(new(ExportChangeKind.FfnPadded, layer,
                $"widths are multiples of {rules.FfnMultiple}; the FFN of width {width} is padded with zeros to {padded}"));
            return new GatedFfnConfig(padded);
        }
        return ffn;
    }
}
