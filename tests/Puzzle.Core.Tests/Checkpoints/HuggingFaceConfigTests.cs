using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class HuggingFaceConfigTests
{
    private const string Llama3 = """{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}""";
    private const string Block = """{"attention":{"num_key_value_heads":2},"ffn":{"intermediate_size":12}}""";

    [Fact]
    public void Read_Llama_HasEveryMember()
    {
        ModelConfig config = ConfigText.Read(ConfigText.Llama);
        ConfigText.AssertEqual(
            new ModelConfig
            {
                VocabularySize = 10,
                HiddenSize = 8,
                AttentionHeads = 4,
                HeadSize = 2,
                Architecture = Architecture.Uniform(2, BlockConfig.Parse("gqa-2/12")),
                MaxPositions = 16,
                RmsNormEpsilon = 1e-5,
                RopeTheta = 5000,
                BeginOfTextId = 1,
                EndOfTextIds = [2, 3],
            },
            config);
    }

    [Fact]
    public void Read_AbsentMembers_HasLlamasDefaults()
    {
        ModelConfig config = ConfigText.Read("""{"hidden_size":8,"intermediate_size":12,"num_attention_heads":4,"num_hidden_layers":1,"vocab_size":10}""");
        Assert.Equal(new GroupedQueryAttentionConfig(4), config.Architecture[0].Attention);
        Assert.Equal((2048, 1e-6, 10_000, false), (config.MaxPositions, config.RmsNormEpsilon, config.RopeTheta, config.TieWordEmbeddings));
        Assert.Null(config.RopeScaling);
        Assert.Null(config.BeginOfTextId);
        Assert.Empty(config.EndOfTextIds);
    }

    [Fact]
    public void Read_ExplicitHeadSize_NeedNotBeHiddenOverHeads()
    {
        Assert.Equal(6, ConfigText.Read(ConfigText.With(("head_dim", "6"))).HeadSize);
        Assert.Equal(6, ConfigText.Read(ConfigText.With(("head_dim", "6"), ("hidden_size", "7"))).HeadSize);
    }

    [Fact]
    public void Read_EitherRotarySpelling_SameModel()
    {
        string newer = Llama3.Replace("{", """{"rope_theta":5000,""", StringComparison.Ordinal);
        var expected = new Llama3RopeScaling(8, 1, 4, 8192);
        ModelConfig[] configs =
        [
            ConfigText.Read(ConfigText.With(("rope_scaling", Llama3))),
            ConfigText.Read(ConfigText.With(("rope_scaling", Llama3.Replace("rope_type", "type", StringComparison.Ordinal)))),
            ConfigText.Read(ConfigText.With(("rope_theta", null), ("rope_parameters", newer))),
            ConfigText.Read(ConfigText.With(("rope_scaling", Llama3), ("rope_parameters", newer))),
        ];
        Assert.All(configs, config => Assert.Equal((5000, expected), (config.RopeTheta, config.RopeScaling)));
        Assert.Null(ConfigText.Read(ConfigText.With(("rope_scaling", """{"rope_type":"default"}"""))).RopeScaling);
    }

    [Fact]
    public void Read_SupportedValuesOfFixedMembers_AreAccepted() =>
        ConfigText.Read(ConfigText.With(
            ("attention_bias", "false"), ("mlp_bias", "false"), ("pretraining_tp", "1"), ("sliding_window", "null"),
                ("partial_rotary_factor", "1"),
            ("quantization_config", "null"), ("attention_dropout", "0.1"), ("auto_map", "{}"), ("something_off", "null")));

    public static TheoryData<string, string?, string> Rejected => new()
    {
        { "hidden_size", null, "there is no hidden_size" },
        { "intermediate_size", null, "there is no intermediate_size" },
        { "num_attention_heads", null, "there is no num_attention_heads" },
        { "num_hidden_layers", null, "there is no num_hidden_layers" },
        { "vocab_size", null, "there is no vocab_size" },
        { "hidden_size", "0", "hidden_size is 0" },
        { "hidden_size", "-8", "hidden_size is -8" },
        { "hidden_size", "8.5", "hidden_size is 8.5" },
        { "hidden_size", "\"8\"", "hidden_size is \"8\"" },
        { "hidden_size", "99999999999", "32-bit integer" },
        { "hidden_size", "9", "there is no head_dim" },
        { "head_dim", "3", "head size 3" },
        { "num_hidden_layers", "2000000000", "at most 10000" },
        { "num_key_value_heads", "3", "num_key_value_heads 3 does not divide num_attention_heads 4" },
        { "num_key_value_heads", "0", "num_key_value_heads 0" },
        { "rms_norm_eps", "0", "rms_norm_eps is 0" },
        { "rms_norm_eps", "1e999", "rms_norm_eps" },
        { "model_type", "\"mamba\"", "model_type is 'mamba'" },
        { "model_type", "\"mistral\"", "architectures names 'LlamaForCausalLM', but model_type says mistral" },
        { "architectures", """["Qwen2ForCausalLM"]""", "Qwen2ForCausalLM" },
        { "hidden_act", "\"gelu\"", "hidden_act is \"gelu\"" },
        { "attention_bias", "1", "attention_bias is 1" },
        { "layer_types", """["full_attention"]""", "layer_types has 1 entries for 2 layers" },
        { "layer_types", """["full_attention","sliding_attention"]""", "layer_types says sliding_attention for layer 1, but there is no window" },
        { "layer_types", """["full_attention","chunked_attention"]""", "layer_types names 'chunked_attention'" },
        { "sliding_window", "4096", "sliding_window" },
        { "quantization_config", """{"quant_method":"fp8"}""", "quantization_config" },
        { "rope_interleaved", "true", "rope_interleaved" },
        { "partial_rotary_factor", "0.5", "partial_rotary_factor is 0.5" },
        { "logits_scaling", "8.0", "logits_scaling" },
        { "tie_word_embeddings", "1", "tie_word_embeddings is 1" },
        { "eos_token_id", "[2,\"x\"]", "eos_token_id" },
        { "bos_token_id", "[1]", "bos_token_id" },
        { "bos_token_id", "-1", "names token -1" },
        { "eos_token_id", "[2,10]", "names token 10" },
        { "rope_scaling", "\"linear\"", "rope_scaling: expected an object" },
        { "rope_scaling", "{}", "rope_scaling: there is no rope_type" },
        { "rope_scaling", """{"rope_type":"proportional","factor":4.0}""", "rope_type is 'proportional'" },
        { "rope_scaling", """{"type":"linear","factor":0}""", "positive factor" },
        { "rope_scaling", """{"type":"dynamic","factor":0.5}""", "more than two dimensions" },
        { "rope_scaling", """{"type":"longrope","short_factor":[1.0],"long_factor":[1.0,2.0,3.0]}""", "long_factor has 3 numbers" },
        { "rope_scaling", """{"rope_type":"yarn","factor":4.0,"scale":1}""", "scale" },
        { "rope_scaling", """{"rope_type":"llama3","type":"linear","factor":2.0}""", "disagree" },
        { "rope_scaling", """{"rope_type":"llama3","factor":8.0}""", "low_freq_factor" },
        { "rope_scaling", Llama3.Replace("8.0", "-8.0", StringComparison.Ordinal), "positive factor" },
        { "rope_scaling", Llama3.Replace("4.0", "1.0", StringComparison.Ordinal), "high_freq_factor 1 is not above" },
        { "rope_scaling", Llama3.Replace("{", """{"mscale":1.0,""", StringComparison.Ordinal), "mscale" },
        { "rope_parameters", """{"rope_type":"default","rope_theta":7000}""", "disagrees with 5000" },
        { "block_configs", "[]", "block_configs has 0 entries for 2 layers" },
        { "block_configs", $"[{Block}]", "block_configs has 1 entries" },
        { "block_configs", $"[{Block},1]", "block_configs[1]: expected an object" },
        { "block_configs", $$$"""[{{{Block}}},{"attention":{"no_op":true}}]""", "block_configs[1]: there is no ffn" },
        { "block_configs", WithFfn("""{"no_op":false}"""), "block_configs[1].ffn: there is neither" },
        { "block_configs", WithFfn("""{"no_op":true,"replace_with_linear":true}"""), "both set" },
        { "block_configs", WithFfn("""{"no_op":0}"""), "block_configs[1].ffn.no_op is 0" },
        { "block_configs", WithFfn("""{"intermediate_size":-1}"""), "FFN width -1" },
        { "block_configs", WithFfn("""{"intermediate_size":12,"moe":{"experts":8}}"""), "moe" },
        { "block_configs", WithFfn("""{"intermediate_size":12,"sparsify":["x"]}"""), "sparsify" },
        { "block_configs", WithFfn("""{"intermediate_size":12,"weights_precision":"fp8"}"""), "fp8" },
        { "block_configs", WithFfn("""{"intermediate_size":12,"hidden_act":"relu"}"""), "relu" },
        { "block_configs", WithFfn("""{"ffn_mult":1e300}"""), "no sensible width" },
        { "block_configs", WithFfn("""{"ffn_mult":-1}"""), "no sensible width" },
        { "block_configs", WithFfn("""{"ffn_mult":1.0,"intermediate_size":12}"""), "disagree" },
        { "block_configs", WithAttention("""{"num_key_value_heads":3}"""), "layer 1: 3 key-value heads" },
        { "block_configs", WithAttention("""{"n_heads_in_group":3}"""), "n_heads_in_group 3" },
        { "block_configs", WithAttention("""{"n_heads_in_group":0}"""), "n_heads_in_group 0" },
        { "block_configs", WithAttention("""{"n_heads_in_group":2,"num_key_value_heads":4}"""), "disagree" },
        { "block_configs", WithAttention("""{"n_heads_in_group":2,"window_length":128}"""), "window_length" },
        { "block_configs", WithAttention("""{"n_heads_in_group":2,"unshifted_sink":true}"""), "unshifted_sink" },
        { "block_configs", WithAttention("""{"mamba":{}}"""), "mamba" },
    };

    [Theory]
    [MemberData(nameof(Rejected))]
    public void Read_UnsupportedOrMalformedMember_NamesFileAndMember(string key, string? json, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("config.json", ConfigText.With((key, json)));
        var exception = Assert.Throws<CheckpointFormatException>(() => HuggingFaceConfig.Read(path));
        Assert.Equal(path, exception.File);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"hidden_size":8,"hidden_size":8}""")]
    [InlineData("""{"\ud800":8}""")]
    [InlineData("""{"model_type":"\ud800"}""")]
    public void Read_NotAConfig_Throws(string json) => Assert.Throws<CheckpointFormatException>(() => ConfigText.Read(json));

    [Theory]
    [InlineData("gqa-2/12 gqa-2/12 gqa-2/12", false)]
    [InlineData("gqa-4/12 gqa-1/20 noop/12", true)]
    [InlineData("linear/linear noop/noop gqa-2/noop", true)]
    [InlineData("noop/noop noop/noop", true)]
    public void Write_AnyArchitecture_ReadsBackEqual(string blocks, bool isHeterogeneous)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "config.json");
        foreach (IReadOnlyList<int> ends in new IReadOnlyList<int>[] { [], [5], [5, 6] })
        {
            var config = new ModelConfig
            {
                VocabularySize = 11,
                HiddenSize = 9,
                AttentionHeads = 4,
                HeadSize = 6,
                Architecture = new Architecture(blocks.Split(' ').Select(BlockConfig.Parse)),
                MaxPositions = 77,
                RmsNormEpsilon = 1.1e-7,
                RopeTheta = 123_456.75,
                RopeScaling = ends.Count == 1 ? null : new Llama3RopeScaling(8.5, 1.25, 4, 8192),
                TieWordEmbeddings = ends.Count == 2,
                BeginOfTextId = ends.Count == 0 ? null : 4,
                EndOfTextIds = ends,
            };

            HuggingFaceConfig.Write(path, config, ScalarType.BFloat16);

            ConfigText.AssertEqual(config, HuggingFaceConfig.Read(path));
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
            Assert.Equal(isHeterogeneous, json.RootElement.TryGetProperty("block_configs", out _));
            Assert.Equal("bfloat16", json.RootElement.GetProperty("torch_dtype").GetString());
            Assert.Equal("llama", json.RootElement.GetProperty("model_type").GetString());
        }
    }

    [Theory]
    [InlineData(5.25, 8192, 28672)]
    [InlineData(1.3125, 8192, 7168)]
    [InlineData(0.4875, 16384, 5376)]
    [InlineData(2.0, 2048, 2816)]
    public void WidthOf_PublishedMultiplier_IsPublishedWidth(double multiplier, int hidden, int width) =>
        Assert.Equal(width, BlockConfigList.WidthOf(multiplier, hidden));

    [Fact]
    public void WidthOf_MultiplierOfAnyMultipleOf256_IsThatWidth()
    {
        foreach (int hidden in new[] { 64, 576, 4096, 8192, 16384 })
        {
            for (int width = 256; width <= 65_536; width += 256)
                Assert.Equal(width, BlockConfigList.WidthOf(3.0 * width / (2.0 * hidden), hidden));
        }
    }

    private static string WithFfn(string ffn) => $$$"""[{{{Block}}},{"attention":{"num_key_value_heads":2},"ffn":{{{ffn}}}}]""";

    private static string WithAttention(string attention) => $$$"""[{{{Block}}},{"attention":{{{attention}}},"ffn":{"intermediate_size":12}}]""";
}
