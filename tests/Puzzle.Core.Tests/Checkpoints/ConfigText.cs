using System.Text.Json.Nodes;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Tests.Text;

namespace Puzzle.Tests.Checkpoints;

/// <summary>Config files made from a small valid one.</summary>
internal static class ConfigText
{
    /// <summary>Two layers, hidden 8, 4 heads of 2, 2 key-value heads, FFN 12, vocabulary 10, untied.</summary>
    public const string Llama = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":8,"intermediate_size":12,"num_attention_heads":4,
        "num_key_value_heads":2,"num_hidden_layers":2,"vocab_size":10,"max_position_embeddings":16,"rms_norm_eps":1e-5,"rope_theta":5000,
        "bos_token_id":1,"eos_token_id":[2,3],"hidden_act":"silu","torch_dtype":"float32","use_cache":true}
        """;

    /// <summary>The Llama config with members set; a null text removes one.</summary>
    public static string With(params (string Key, string? Json)[] changes)
    {
        JsonObject config = JsonNode.Parse(Llama)!.AsObject();
        foreach ((string key, string? json) in changes)
        {
            config.Remove(key);
            if (json is not null)
                config.Add(key, JsonNode.Parse(json));
        }
        return config.ToJsonString();
    }

    public static ModelConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        return HuggingFaceConfig.Read(folder.Write("config.json", json));
    }

    public static void AssertEqual(ModelConfig expected, ModelConfig actual)
    {
        Assert.Equal(expected.EndOfTextIds, actual.EndOfTextIds);
        Assert.Equal(expected, actual with { EndOfTextIds = expected.EndOfTextIds });
    }
}
