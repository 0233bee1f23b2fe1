using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints.Families;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>The members of a config.json that all families share, and the order in which everything is taken from it.</summary>
internal static class CommonKeys
{
    private const int MaxLayers = 10_000;
    private const string TextPart = "text_config";

    // Known not to change the forward pass: bookkeeping, training and text-generation settings, code pointers.
    private static readonly string[] Harmless =
    [
        "_attn_implementation", "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "allow_global_per_layer_attribute_access",
        "attention_dropout",
        "auto_map", "bad_words_ids", "begin_suppress_tokens", "chunk_size_feed_forward", "decoder_start_token_id", "diversity_penalty",
        "do_sample", "dtype",
        "early_stopping", "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
        "forced_eos_token_id",
        "hidden_dropout", "id2label", "ignore_keys_at_rope_validation", "initializer_range", "is_decoder", "is_llama_config", "label2id",
        "length_penalty",
        "max_length", "max_new_tokens", "min_length", "model_max_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_logits_to_keep",
        "num_return_sequences", "output_attentions", "output_hidden_states", "output_scores", "pad_token_id", "prefix", "pretraining_tp",
        "problem_type",
        "remove_invalid_values", "repetition_penalty", "return_dict", "return_dict_in_generate", "sep_token_id", "suppress_tokens",
        "task_specific_params",
        "temperature", "tf_legacy_loss", "tokenizer_class", "top_k", "top_p", "torch_dtype", "torchscript", "transformers.js_config",
        "transformers_version",
        "typical_p", "unk_token_id", "use_bfloat16", "use_cache",
    ];

    // Would change the forward pass with any other value.
    private static readonly (string Key, string Allowed)[] Fixed =
    [
        ("attention_bias", "false"), ("mlp_bias", "false"), ("rope_interleaved", "false"), ("use_sliding_window", "false"),
        ("use_mrope", "false"),
        ("is_encoder_decoder", "false"), ("base_architecture", "\"LlamaForCausalLM\""), ("add_cross_attention", "false"),
        ("tie_encoder_decoder", "false"),
        ("pruned_heads", "{}"), ("use_bidirectional_attention", "false"),
    ];

    /// <summary>Takes everything.</summary>
    public static ModelConfig TakeModel(ConfigObject file)
    {
        (ModelFamily family, ConfigObject config) = TakeFamily(file);
        using JsonDocument defaults = JsonDocument.Parse(family.Defaults);
        bool hasNewerRotary = config.HasOwn("rope_parameters");
        config.AddDefaults(defaults.RootElement, key => hasNewerRotary && key == "rope_scaling");
        foreach (string key in (string[])["max_position_embeddings", "rms_norm_eps", "rope_theta"])
        {
            if (config.HasNull(key))
                throw config.Error($"{key} is null; expected a number, or no such member for the usual one");
        }
        int hidden = Required(config, "hidden_size"), heads = Required(config, "num_attention_heads");
        int headSize = TakeHeadSize(config, hidden, heads);
        int positions = config.TakeInt("max_position_embeddings") ?? 2048;
        (RotarySettings rotary, RotarySettings? local) = RotaryKeys.Take(config, family, headSize, positions);
        LayerList layers = LayerList.Take(config, heads, hidden);
        int vocabulary = Required(config, "vocab_size");
        var model = new ModelConfig
        {
            Family = family.ModelType,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            AttentionHeads = heads,
            HeadSize = headSize,
            Architecture = layers.Plain(TakeLayers(config)),
            MaxPositions = MaxPositionsOf(rotary, positions),
            RmsNormEpsilon = TakeEpsilon(config),
            RopeTheta = rotary.Theta,
            RopeScaling = rotary.Scaling,
            RotarySize = rotary.Size == headSize ? null : rotary.Size,
            OtherRotaries = local is null ? [] : [local],
            TieWordEmbeddings = config.TakeFlag("tie_word_embeddings"),
            BeginOfTextId = TakeIds(config, "bos_token_id", vocabulary, key => config.TakeInt(key) is { } id ? [id] : []) is [var begin, ..]
                ? begin
                : null,
            EndOfTextIds = TakeIds(config, "eos_token_id", vocabulary, config.TakeInts),
            Ffn = new FfnFeatures { Activation = TakeActivation(config, family.ActivationKey) },
        };
        model = layers.Apply(family.Read(config, model));
        foreach ((string key, string allowed) in Fixed)
            config.TakeFixed(key, allowed);
        foreach (string key in Harmless.Concat(family.Harmless))
            config.Ignore(key);
        config.IgnorePrefix("unsloth_");
        config.RejectRest();
        return model;
    }

    private static double TakeEpsilon(ConfigObject config)
    {
        double epsilon = config.TakeDouble("rms_norm_eps") ?? 1e-6;
        return epsilon > 0 && double.IsFinite(epsilon)
            ? epsilon
            : throw config.Error(FormattableString.Invariant($"rms_norm_eps is {epsilon}; expected a positive number"));
    }

    private static int TakeHeadSize(ConfigObject config, int hidden, int heads)
    {
        if (config.TakeInt("head_dim") is { } size)
            return size;
        return hidden % heads == 0
            ? hidden / heads
            : throw config.Error($"there is no head_dim, and hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
    }

    // With dynamic scaling a text may be longer, by the factor, than what the file calls its longest.
    private static int MaxPositionsOf(RotarySettings rotary, int positions) =>
        rotary.Scaling is DynamicRopeScaling { Factor: var factor } ? (int)Math.Min(int.MaxValue, positions * factor) : positions;

    /// <summary>Gives the name of an activation in configs.</summary>
    public static string NameOf(Activation activation) => activation is Activation.TanhGelu ? "gelu_pytorch_tanh" : "silu";

    private static (ModelFamily Family, ConfigObject Config) TakeFamily(ConfigObject file)
    {
        ModelFamily? family = null;
        if (file.TakeText("model_type") is { } type)
            family = FamilyTable.Find(type) ?? throw file.Error($"model_type is '{type}'; supported are {FamilyTable.ModelTypes}");
        foreach (string name in file.TakeTexts("architectures"))
        {
            ModelFamily named = FamilyTable.Find(name) ?? throw file.Error(
                $"architectures names '{name}'; supported are {FamilyTable.ModelClasses}");
            if (family is not null && named != family)
                throw file.Error($"architectures names '{name}', but model_type says {family.ModelType}");
            family = named;
        }
        family ??= FamilyTable.Of("llama");
        if (family.Prefixes.Count == 0 || file.TakeObject(TextPart) is not { } text)
            return (family, file);
        if (text.TakeText("model_type") is { } textType && textType != family.ModelType)
            throw text.Error($"model_type is '{textType}'; expected {family.ModelType}");
        text.Ignore("architectures");
        text.AddOuter(file, ["bos_token_id", "eos_token_id", "tie_word_embeddings"]);
        return (family, text);
    }

    private static Activation TakeActivation(ConfigObject config, string key) => key.Length == 0 ? default : config.TakeText(key) switch
    {
        null when config.HasNull(key) => throw config.Error($"{key} is null; expected \"silu\" or \"gelu_pytorch_tanh\""),
        null or "silu" or "swish" => Activation.Silu,
        "gelu_pytorch_tanh" => Activation.TanhGelu,
        { } other => throw config.Error($"{key} is \"{other}\"; expected \"silu\" or \"gelu_pytorch_tanh\" (nothing else is supported)"),
    };

    private static int TakeLayers(ConfigObject config)
    {
        int layers = Required(config, "num_hidden_layers");
        return layers <= MaxLayers ? layers : throw config.Error($"num_hidden_layers is {layers}; at most {MaxLayers} are accepted");
    }

    private static IReadOnlyList<int> TakeIds(ConfigObject config, string key, int vocabulary, Func<string, IReadOnlyList<int>> take)
    {
        bool isOwn = config.HasOwn(key);
        IReadOnlyList<int> ids = take(key);
        if (isOwn && ids.Any(id => id < 0 || id >= vocabulary))
            throw config.Error($"{key} names token {ids.First(id => id < 0 || id >= vocabulary)}; the vocabulary has {vocabulary}");
        // A family's usual token need not be in a smaller vocabulary.
        return [.. ids.Where(id => id < vocabulary)];
    }

    private static int Required(ConfigObject config, string key) =>
        config.TakeInt(key) is { } value
            ? value > 0 ? value : throw config.Error($"{key} is {value}; expected a positive number")
            : throw config.Error($"there is no {key}");
}
