using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>What a config.json says about layers one by one: <c>block_configs</c>, <c>per_layer_config</c>, or nothing.</summary>
internal sealed class LayerList
{
    private readonly ConfigObject _config;
    private readonly IReadOnlyList<ConfigObject>? _blocks;
    private readonly ConfigObject? _perLayer;
    private readonly int _heads;
    private readonly int _hidden;
    private readonly int? _keyValueHeads;
    private readonly int? _width;

    private LayerList(ConfigObject config, int heads, int hidden)
    {
        (_config, _heads, _hidden) = (config, heads, hidden);
        _keyValueHeads = config.TakeInt("num_key_value_heads");
        _width = config.TakeInt("intermediate_size");
        _blocks = config.TakeObjects("block_configs");
        _perLayer = config.TakeObject("per_layer_config");
        if (_blocks is not null && _perLayer is not null)
            throw config.Error("there are both block_configs and per_layer_config: which of the two counts is unclear");
    }

    /// <summary>Takes the lists and the sizes that hold for layers that are not listed.</summary>
    public static LayerList Take(ConfigObject config, int heads, int hidden) => new(config, heads, hidden);

    /// <summary>Gives layers that are all alike, before the family's own members change them.</summary>
    public Architecture Plain(int layers)
    {
        // Where every layer is listed, the common sizes may be absent, and are not looked at.
        bool isListed = _blocks is not null || _perLayer is not null;
        if (!isListed && _keyValueHeads is { } shared && (shared <= 0 || _heads % shared != 0))
            throw _config.Error($"num_key_value_heads {shared} does not divide num_attention_heads {_heads}");
        int width = _width ?? (isListed ? 1 : throw _config.Error("there is no intermediate_size"));
        return Architecture.Uniform(
            layers, new BlockConfig(new GroupedQueryAttentionConfig(_keyValueHeads ?? _heads), new GatedFfnConfig(width)));
    }

    /// <summary>Replaces what the lists say.</summary>
    public ModelConfig Apply(ModelConfig model)
    {
        if (_perLayer is not null)
            return model with { Architecture = PerLayerConfigList.Take(_perLayer, model.Architecture, _width) };
        if (_blocks is null)
            return model;
        if (_blocks.Count != model.Layers)
            throw _config.Error($"block_configs has {_blocks.Count} entries for {model.Layers} layers");
        return model with
        {
            Architecture = new Architecture(
                _blocks.Select((block, layer) => BlockConfigList.Take(block, model.Architecture[layer], _heads, _hidden))),
        };
    }
}
