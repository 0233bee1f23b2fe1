using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Families;

public sealed class RealFamilyConfigTests
{
    private const string Mixture = """
        "model_type": "gpt_oss", "vocab_size": 61, "hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 2, "max_position_embeddings": 64
        """;

    [Theory]
    [InlineData(134_515_008, """
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9, "num_key_value_heads": 3,
        "num_hidden_layers": 30, "vocab_size": 49152, "tie_word_embeddings": true, "rope_theta": 100000, "rope_interleaved": false, "is_llama_config": true,
        "pretraining_tp": 1, "transformers.js_config": { "kv_cache_dtype": { "q4f16": "float16" } }, "unsloth_version": "2025.1", "max_position_embeddings": 8192
        """)]
    [InlineData(494_032_768, """
        "model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14, "num_key_value_heads": 2, "num_hidden_layers": 24,
        "vocab_size": 151936, "tie_word_embeddings": true, "rope_theta": 1000000.0, "use_sliding_window": false, "sliding_window": 32768, "max_window_layers": 24
        """)]
    [InlineData(596_049_920, """
        "model_type": "qwen3", "hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
        "num_hidden_layers": 28, "vocab_size": 151936, "tie_word_embeddings": true, "use_sliding_window": false, "sliding_window": null, "max_window_layers": 28
        """)]
    [InlineData(999_885_952, """
        "model_type": "gemma3_text", "hidden_size": 1152, "intermediate_size": 6912, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256,
        "num_hidden_layers": 26, "vocab_size": 262144, "sliding_window": 512, "sliding_window_pattern": 6, "query_pre_attn_scalar": 256
        """)]
    [InlineData(3_821_079_552, """
        "model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192, "num_attention_heads": 32, "num_key_value_heads": 32, "num_hidden_layers": 32,
        "vocab_size": 32064, "sliding_window": 2047, "max_position_embeddings": 4096, "original_max_position_embeddings": 4096, "tie_word_embeddings": false
        """)]
    [InlineData(7_248_023_552, """
        "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32,
        "vocab_size": 32768, "sliding_window": null, "rope_theta": 1000000.0
        """)]
    [InlineData(46_702_792_704, """
        "model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32,
        "vocab_size": 32000, "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": null, "router_aux_loss_coef": 0.02
        """)]
    public void Total_RealConfig_IsPublishedCount(long parameters, string members) =>
        Assert.Equal(parameters, ParameterCounter.Total(Read(members)));

    [Fact]
    public void Read_MultimodalGemma_ReadsTheTextPart()
    {
        ModelConfig config = Read("""
            "model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"], "vision_config": { "x": 1 }, "image_token_index": 262144, "eos_token_id": [1, 106],
            "text_config": { "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34, "sliding_window": 1024,
              "rope_scaling": { "factor": 8.0, "rope_type": "linear" } }
            """);
        Assert.Equal((262208, 8, 256, "gqa-4-w1024-rope1", "gqa-4"), (
            config.VocabularySize, config.AttentionHeads, config.HeadSize, config.Architecture[0].Attention.Name,
            config.Architecture[5].Attention.Name));
        Assert.Equal([1, 106], config.EndOfTextIds);
        Assert.Equal(new LinearRopeScaling(8), config.RopeScaling);
        Assert.Null(config.OtherRotaries[0].Scaling);
    }

    [Theory]
    [InlineData("\"num_experts_per_tok\": 5", "5 is more than the 4 experts")]
    [InlineData("\"layer_types\": [\"sliding_attention\"], \"sliding_window\": null", "there is no window")]
    [InlineData("\"quantization_config\": { \"quant_method\": \"fp8\" }", "supported is mxfp4")]
    [InlineData("\"logit_scale\": 2.0", "logit_scale")]
    public void Read_Contradiction_NamesMember(string member, string message)
    {
        string rest = string.Join(
            ',', Mixture.Split(',').Where(part => !member.StartsWith(part.Trim().Split(':')[0], StringComparison.Ordinal)));
        Assert.Contains(
            message, Assert.Throws<CheckpointFormatException>(() => Read($"{rest}, {member}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ExpertsPackedAsMxfp4_AreTheNumbersOfTheSpecification()
    {
        using var scope = NewDisposeScope();
        using var folder = new TestFolder();
        RandomWeights.Save(folder["model"], Read(Mixture), seed: 1, ScalarType.Float32);
        var random = new Random(5);
        byte[] gateUp = new byte[4 * 64 * 2 * 16], gateUpScales = [.. Enumerable.Range(0, 4 * 64 * 2)
            .Select(_ => (byte)random.Next(120, 130))];
        byte[] down = new byte[4 * 64 * 16], downScales = [.. Enumerable.Range(0, 4 * 64).Select(_ => (byte)random.Next(120, 130))];
        random.NextBytes(gateUp);
        random.NextBytes(down);
        // The files are changed after they were written.
        File.Delete(folder["model/puzzle-digests.json"]);
        const string Prefix = "model.layers.0.mlp.experts.";
        TinyCheckpoint.Change(folder["model"], tensors =>
        {
            tensors.Remove(Prefix + "gate_up_proj");
            tensors.Remove(Prefix + "down_proj");
            tensors[Prefix + "gate_up_proj_blocks"] = tensor(gateUp, [4, 64, 2, 16]);
            tensors[Prefix + "gate_up_proj_scales"] = tensor(gateUpScales, [4, 64, 2]);
            tensors[Prefix + "down_proj_blocks"] = tensor(down, [4, 64, 1, 16]);
            tensors[Prefix + "down_proj_scales"] = tensor(downScales, [4, 64, 1]);
        });

        using CausalLanguageModel model = CausalLanguageModel.Load(folder["model"]);

        IReadOnlyDictionary<string, Tensor> weights = model.Blocks[0].Ffn.Weights;
        for (int at = 0; at < 4 * 32 * 64; at++)
        {
            (int expert, int row, int column) = (at / 2048, at / 64 % 32, at % 64);
            // Gate and up take turns as rows.
            Assert.Equal(
                Number(gateUp, gateUpScales, (expert * 64) + (2 * row), column, 64),
                weights[WeightNames.ExpertGate][expert, row, column].item<float>());
            Assert.Equal(
                Number(gateUp, gateUpScales, (expert * 64) + (2 * row) + 1, column, 64),
                weights[WeightNames.ExpertUp][expert, row, column].item<float>());
            Assert.Equal(
                Number(down, downScales, (expert * 64) + column, row, 32),
                weights[WeightNames.ExpertDown][expert, column, row].item<float>());
        }
    }

    // OCP Microscaling Formats 1.0, sections 5.3 and 5.4: E2M1 elements with subnormals, an E8M0 scale for 32 of them.
    private static float Number(byte[] blocks, byte[] scales, int row, int column, int columns)
    {
        int index = (row * columns) + column;
        int bits = (blocks[index / 2] >> (index % 2 * 4)) & 15;
        int exponent = (bits >> 1) & 3;
        int mantissa = bits & 1;
        double magnitude = exponent == 0 ? mantissa * 0.5 : Math.Pow(2, exponent - 1) * (1 + (mantissa * 0.5));
        return (float)((bits >= 8 ? -magnitude : magnitude) * Math.Pow(2, scales[index / 32] - 127));
    }

    private static ModelConfig Read(string members)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["config.json"], $"{{ {members} }}");
        return HuggingFaceConfig.Read(folder["config.json"]);
    }
}
