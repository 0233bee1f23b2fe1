using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Reads and writes Hugging Face's <c>config.json</c> for the Llama family.</summary>
/// <remarks>
/// Every member of the file is either understood, or on a list of those known not to change what the model computes, or
/// must have the one value that is supported; anything else is refused, so that no setting is silently ignored. Read are
/// all of <see cref="CheckpointDialect"/>; a file that gives neither model_type nor architectures counts as Llama.
/// </remarks>
public static class HuggingFaceConfig
{
    /// <summary>The file's name in a checkpoint folder.</summary>
    public const string FileName = "config.json";

    private const int MaxLayers = 10_000;

    // Known not to change the forward pass: bookkeeping, training and text-generation settings, code pointers.
    private static readonly string[] Harmless =
    [
        "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "allow_global_per_layer_attribute_access", "attention_dropout", "auto_map", "do_sample", "dtype", "id2label",
        "initializer_range", "is_llama_config", "label2id", "max_length", "max_new_tokens", "min_length", "output_attentions",
        "output_hidden_states", "pad_token_id", "return_dict", "temperature", "tokenizer_class", "top_k", "top_p", "torch_dtype",
        "transformers_version", "unk_token_id", "use_cache",
    ];

    // Would change the forward pass with any other value.
    private static readonly (string Key, string Allowed)[] Fixed =
    [
        ("hidden_act", "\"silu\""), ("attention_bias", "false"), ("mlp_bias", "false"), ("pretraining_tp", "1"),
        ("rope_interleaved", "false"), ("partial_rotary_factor", "1.0"), ("use_sliding_window", "false"),
        ("is_encoder_decoder", "false"), ("base_architecture", "\"LlamaForCausalLM\""), ("add_cross_attention", "false"),
    ];

    private static readonly string[] ModelTypes = ["llama", "nemotron-nas", "deci"];
    private static readonly string[] ModelClasses = ["LlamaForCausalLM", "DeciLMForCausalLM", "AnyModel"];

    /// <summary>Reads a config file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is absent, malformed, inconsistent or asks for something unsupported.</exception>
    public static ModelConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using JsonDocument document = CheckpointFile.ReadJson(path);
        return Read(document, path);
    }

    /// <summary>Writes a config file in one step.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The element type of its weights, noted for other readers.</param>
    /// <param name="dialect">The dialect; nothing is adapted to its readers.</param>
    /// <exception cref="ArgumentException">The config is inconsistent.</exception>
    /// <exception cref="NotSupportedException">The dialect cannot express the model.</exception>
    public static void Write(string path, ModelConfig config, ScalarType type, CheckpointDialect dialect = CheckpointDialect.Automatic) =>
        AtomicFile.WriteText(path, HuggingFaceConfigFormat.Format(config, type, dialect));

    internal static ModelConfig Read(JsonDocument document, string path)
    {
        var config = new ConfigObject(path, "", document.RootElement);
        RequireKnownModel(config);
        int hidden = Required(config, "hidden_size");
        int heads = Required(config, "num_attention_heads");
        int? headSize = config.TakeInt("head_dim");
        if (headSize is null && hidden % heads != 0)
            throw config.Error($"there is no head_dim, and hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
        (double theta, RopeScaling? scaling) = RotaryConfig.Take(config);
        var model = new ModelConfig
        {
            VocabularySize = Required(config, "vocab_size"),
            HiddenSize = hidden,
            AttentionHeads = heads,
            HeadSize = headSize ?? hidden / heads,
            Architecture = TakeArchitecture(config, heads, hidden),
            MaxPositions = config.TakeInt("max_position_embeddings") ?? 2048,
            RmsNormEpsilon = config.TakeDouble("rms_norm_eps") ?? 1e-6,
            RopeTheta = theta,
            RopeScaling = scaling,
            TieWordEmbeddings = config.TakeFlag("tie_word_embeddings"),
            BeginOfTextId = config.TakeInt("bos_token_id"),
            EndOfTextIds = config.TakeInts("eos_token_id"),
        };
        foreach (int id in model.EndOfTextIds.Concat(model.BeginOfTextId is { } begin ? [begin] : []))
        {
            if (id < 0 || id >= model.VocabularySize)
                throw config.Error($"bos_token_id or eos_token_id names token {id}; the vocabulary has {model.VocabularySize}");
        }
        foreach ((string key, string allowed) in Fixed)
            config.TakeFixed(key, allowed);
        foreach (string key in Harmless)
            config.Ignore(key);
        config.RejectRest();
        try
        {
            model.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointFormatException(path, exception.Message, exception);
        }
        return model;
    }

    private static void RequireKnownModel(ConfigObject config)
    {
        if (config.TakeText("model_type") is { } type && !ModelTypes.Contains(type))
            throw config.Error($"model_type is '{type}'; supported are {string.Join(", ", ModelTypes)}");
        foreach (string name in config.TakeTexts("architectures"))
        {
            if (!ModelClasses.Contains(name))
                throw config.Error($"architectures names '{name}'; supported are {string.Join(", ", ModelClasses)}");
        }
    }

    private static Architecture TakeArchitecture(ConfigObject config, int heads, int hidden)
    {
        int layers = Required(config, "num_hidden_layers");
        if (layers > MaxLayers)
            throw config.Error($"num_hidden_layers is {layers}; at most {MaxLayers} are accepted");
        int? keyValueHeads = config.TakeInt("num_key_value_heads");
        int? width = config.TakeInt("intermediate_size");
        IReadOnlyList<ConfigObject>? blocks = config.TakeObjects("block_configs");
        ConfigObject? perLayer = config.TakeObject("per_layer_config");
        if (blocks is not null && perLayer is not null)
            throw config.Error("there are both block_configs and per_layer_config: which of the two counts is unclear");
        if (perLayer is not null)
            return PerLayerConfigList.Take(perLayer, layers, keyValueHeads ?? heads, width);
        if (blocks is null)
        {
            var attention = new GroupedQueryAttentionConfig(keyValueHeads ?? heads);
            return Architecture.Uniform(layers, new BlockConfig(attention, new GatedFfnConfig(width ?? throw config.Error("there is no intermediate_size"))));
        }
        if (blocks.Count != layers)
            throw config.Error($"block_configs has {blocks.Count} entries for {layers} layers");
        return new Architecture(blocks.Select(block => BlockConfigList.Take(block, heads, hidden)));
    }

    private static int Required(ConfigObject config, string key) =>
        config.TakeInt(key) is { } value
            ? value > 0 ? value : throw config.Error($"{key} is {value}; expected a positive number")
            : throw config.Error($"there is no {key}");
}
