using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.Tests.Checkpoints.Families;

/// <summary>A file of any family that is wrong in one place is refused, and the message names the place.</summary>
public sealed class FamilyBadInputTests
{
    private static readonly (string Key, string Json, string Message)[] BadMembers =
    [
        ("attention_temperature", "2.0", "attention_temperature"),
        // Either the first layer that is not there, or a list of another length.
        ("num_hidden_layers", "5", "layers"),
        ("num_hidden_layers", "0", "num_hidden_layers"),
        ("vocab_size", "1024", "embed_tokens"),
        ("hidden_size", "0", "hidden_size"),
        ("num_key_value_heads", "7", "num_key_value_heads"),
        ("layer_types", """["full_attention"]""", "layer_types has 1 entries"),
        ("rope_scaling", """{ "rope_type": "strange", "factor": 2.0 }""", "strange"),
        ("quantization_config", """{ "quant_method": "fp8" }""", "quant"),
        ("architectures", """["StrangeForCausalLM"]""", "StrangeForCausalLM"),
        ("model_type", "\"strange\"", "strange"),
        ("rms_norm_eps", "-1.0", "rms_norm_eps"),
        ("tie_word_embeddings", "\"yes\"", "tie_word_embeddings"),
    ];

    private static readonly (string Key, string Json, string Message)[] BadMixtures =
    [
        ("num_experts_per_tok", "9", "9"),
        ("num_experts_per_tok", "0", "num_experts_per_tok"),
    ];

    [Theory]
    [MemberData(nameof(FamilyGolden.All), MemberType = typeof(FamilyGolden))]
    public void Load_BadMember_NamesIt(string family)
    {
        string source = SharedData.Require($"families/{family}");
        JsonObject config = Config(source);
        bool isMixture = config.ContainsKey("num_experts_per_tok");
        foreach ((string key, string json, string message) in isMixture ? BadMembers.Concat(BadMixtures) : BadMembers)
        {
            using var folder = new TestFolder();
            JsonObject changed = Config(source);
            changed[key] = JsonNode.Parse(json);
            File.WriteAllText(folder["config.json"], changed.ToJsonString());
            File.CreateSymbolicLink(folder["model.safetensors"], Path.Combine(source, "model.safetensors"));
            AssertRefused(folder.Path, message, $"{key}: {json}");
        }
    }

    [Theory]
    [MemberData(nameof(FamilyGolden.All), MemberType = typeof(FamilyGolden))]
    public void Load_WeightMissingOrOfAnotherShape_NamesIt(string family)
    {
        string source = SharedData.Require($"families/{family}");
        byte[] file = File.ReadAllBytes(Path.Combine(source, "model.safetensors"));
        using var folder = new TestFolder();
        File.Copy(Path.Combine(source, "config.json"), folder["config.json"]);
        foreach (string name in Header(file).Select(entry => entry.Key).Where(key => key != "__metadata__"))
        {
            JsonObject missing = Header(file), misshapen = Header(file);
            JsonNode entry = missing[name]!.DeepClone();
            missing.Remove(name);
            missing["another"] = entry;
            JsonArray shape = misshapen[name]!["shape"]!.AsArray();
            misshapen[name]!["shape"] = new JsonArray(1, 1, shape.Aggregate(1L, (size, axis) => size * axis!.GetValue<long>()));

            foreach (JsonObject header in new[] { missing, misshapen })
            {
                Write(folder["model.safetensors"], header, file);
                AssertRefused(folder.Path, name, $"{name} {(header == missing ? "missing" : "misshapen")}");
            }
        }
    }

    private static void AssertRefused(string folder, string message, string what)
    {
        string? said = null;
        try
        {
            CausalLanguageModel.Load(folder).Dispose();
        }
        catch (CheckpointFormatException refused)
        {
            said = refused.Message;
        }
        Assert.True(said is not null, $"{what} was accepted");
        Assert.True(said.Contains(message, StringComparison.Ordinal), $"{what} is refused with: {said}");
    }

    private static JsonObject Config(string folder) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")))!.AsObject();

    private static JsonObject Header(byte[] file) =>
        JsonNode.Parse(file.AsSpan(8, (int)BinaryPrimitives.ReadInt64LittleEndian(file)))!.AsObject();

    private static void Write(string path, JsonObject header, byte[] file)
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream stream = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        stream.Write(length);
        stream.Write(text);
        stream.Write(file.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file)));
    }
}
