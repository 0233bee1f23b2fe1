using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Families;

/// <summary>What members mean that a family's file leaves out, says null for, or says twice: as the public configuration classes have
/// it.</summary>
public sealed class FamilyDefaultsTests
{
    private const string Sizes = """
        "hidden_size": 48, "intermediate_size": 20, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 4,
        "vocab_size": 97, "head_dim": 12, "max_position_embeddings": 64, "sliding_window": 8, "num_local_experts": 4, "num_experts_per_tok": 2
        """;

    private const string Factors = "[1.0, 1.5, 2.0, 3.0, 4.0, 5.0]";

    [Theory]
    [InlineData("mixtral", """ "rope_parameters": {} """, 1_000_000)]
    [InlineData("mixtral", """ "rope_parameters": { "rope_type": "default" } """, 1_000_000)]
    [InlineData("mixtral", """ "rope_parameters": { "rope_type": "default" }, "rope_theta": 500 """, 500)]
    [InlineData("mixtral", """ "rope_parameters": { "rope_theta": 700 } """, 700)]
    [InlineData("gpt_oss", """ "rope_parameters": { "rope_type": "default" } """, 150_000)]
    [InlineData("gpt_oss", """ "rope_parameters": { "rope_type": "linear", "factor": 2.0, "rope_theta": 900 } """, 900)]
    [InlineData("mistral", """ "rope_parameters": { "rope_type": "default" } """, 10_000)]
    public void Read_NewerRotaryWithoutBase_HasTheFamilys(string family, string members, double theta) =>
        Assert.Equal(theta, Read(family, members).RopeTheta);

    [Theory]
    [InlineData(""" "rope_parameters": { "full_attention": { "rope_type": "default" }, "sliding_attention": {} } """, 1_000_000, 10_000)]
    [InlineData(""" "rope_parameters": { "full_attention": { "rope_type": "default" } } """, 1_000_000, 10_000)]
    [InlineData(""" "rope_parameters": { "sliding_attention": { "rope_theta": 300.0 } }, "rope_theta": 5000 """, 5000, 300)]
    [InlineData(""" "rope_parameters": { "full_attention": {}, "sliding_attention": {} }, "rope_local_base_freq": 70 """, 1_000_000, 70)]
    [InlineData(""" "rope_local_base_freq": 70 """, 1_000_000, 70)]
    [InlineData(""" "rope_theta": 80 """, 80, 10_000)]
    public void Read_Gemma3_HasTwoBases(string members, double full, double sliding) =>
        Assert.Equal([full, sliding], Read("gemma3_text", members).Rotaries.Select(rotary => rotary.Theta));

    [Fact]
    public void Read_Gemma3AttentionCap_IsNotComputedWith() =>
        Assert.Equal((null, 30.0), (
            Read("gemma3_text", """ "attn_logit_softcapping": 50.0 """).Attention.SoftCap,
            Read("gemma2", """ "attn_logit_softcapping": 30.0 """).Attention.SoftCap));

    [Theory]
    [InlineData("olmo2")]
    [InlineData("phi3")]
    [InlineData("mixtral")]
    public void Read_SmallVocabularyWithoutIds_LeavesOutUsualTokensBeyondIt(string family)
    {
        Assert.All(Read(family, "").EndOfTextIds, id => Assert.InRange(id, 0, 96));
        CheckpointFormatException refused = Assert.Throws<CheckpointFormatException>(() => Read(family, """ "eos_token_id": 50279 """));
        Assert.Contains("eos_token_id names token 50279", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_LongRopeOfPhi_IsWhatItsClassAccepts()
    {
        string scaling = $$""" "rope_scaling": { "type": "su", "short_factor": {{Factors}}, "long_factor": {{Factors}} } """;
        Assert.Equal(4096, ((LongRopeScaling)Read("phi3", scaling).RopeScaling!).OriginalMaxPositions);
        ModelConfig config = Read("phi3", scaling + """, "original_max_position_embeddings": 16 """);
        string text = HuggingFaceConfigFormat.Format(config, ScalarType.Float32, CheckpointDialect.Automatic);
        using JsonDocument written = JsonDocument.Parse(text);
        Assert.Equal(16, written.RootElement.GetProperty("original_max_position_embeddings").GetInt32());
        Assert.Equal(
            ["long_factor", "short_factor", "type"],
            written.RootElement.GetProperty("rope_scaling").EnumerateObject().Select(member => member.Name));
        var scaled = (LongRopeScaling)ConfigText.Read(text).RopeScaling!;
        Assert.Equal((16, Math.Sqrt(1.5), 5.0), (scaled.OriginalMaxPositions, scaled.AttentionFactor, scaled.LongFactors[^1]));
    }

    [Theory]
    [InlineData(44, 30)]
    [InlineData(94, 6)]
    [InlineData(98, 2)]
    [InlineData(128, 96)]
    public void Write_PartialRotary_IsReadAgain(int headSize, int rotated)
    {
        ModelConfig config = Read("phi3", $""" "head_dim": {headSize} """) with { RotarySize = rotated };
        string text = HuggingFaceConfigFormat.Format(config, ScalarType.Float32, CheckpointDialect.Automatic);
        Assert.Equal(rotated, ConfigText.Read(text).RotarySize);
    }

    [Theory]
    [InlineData("gemma2", """ "sliding_window": null """, "sliding_window is null")]
    [InlineData("gemma3_text", """ "sliding_window": null """, "sliding_window is null")]
    [InlineData("gpt_oss", """ "sliding_window": null """, "sliding_window is null")]
    [InlineData("olmo2", """ "rms_norm_eps": null """, "rms_norm_eps is null")]
    [InlineData("mistral", """ "rope_theta": null """, "rope_theta is null")]
    [InlineData("gemma2", """ "hidden_activation": null """, "hidden_activation is null")]
    [InlineData("gpt_oss", """ "rope_parameters": { "full_attention": {}, "sliding_attention": {} } """, "full_attention")]
    [InlineData("gemma2", """ "rope_parameters": { "full_attention": {}, "sliding_attention": {} } """, "full_attention")]
    [InlineData("gemma3_text", """ "rope_parameters": { "rope_type": "default", "rope_theta": 5.0 } """, "full_attention")]
    [InlineData(
        "gemma3_text", """ "rope_local_base_freq": 7, "rope_parameters": { "sliding_attention": { "rope_theta": 8 } } """, "disagrees")]
    [InlineData(
        "gemma3_text", """ "rope_scaling": { "type": "linear", "factor": 8.0 }, "rope_parameters": { "full_attention": {} } """, "disagree")]
    [InlineData("mistral", $$""" "rope_scaling": { "type": "yarn", "factor": 2.0, "long_factor": {{Factors}} } """, "long_factor")]
    [InlineData("mistral", """ "rope_parameters": { "factor": 2.0 } """, "no rope_type")]
    public void Read_Contradiction_NamesTheMember(string family, string members, string named) => Assert.Contains(
        named, Assert.Throws<CheckpointFormatException>(() => Read(family, members)).Message, StringComparison.Ordinal);

    /// <summary>Reads a file of a family; members given count instead of the usual sizes.</summary>
    private static ModelConfig Read(string family, string members)
    {
        var config = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        string dense = family is "mixtral" or "gpt_oss" ? "" : """, "num_local_experts": null, "num_experts_per_tok": null """;
        foreach (string part in (string[])[Sizes + dense, members])
        {
            using JsonDocument document = JsonDocument.Parse($$"""{ {{part}} }""");
            foreach (JsonProperty member in document.RootElement.EnumerateObject())
                config[member.Name] = member.Value.Clone();
        }
        config["model_type"] = JsonSerializer.SerializeToElement(family);
        if (family == "olmo2")
            config.Remove("sliding_window");
        return ConfigText.Read(JsonSerializer.Serialize(config));
    }
}
