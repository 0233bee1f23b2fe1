using System.Globalization;
using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>What llama.cpp calls the weights.</summary>
internal static class GgufNames
{
    /// <summary>The output head.</summary>
    public const string Head = "output.weight";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        [WeightNames.Embedding] = "token_embd.weight",
        [WeightNames.FinalNorm] = "output_norm.weight",
        [WeightNames.Head] = Head,
        [WeightNames.AttentionNorm] = "attn_norm.weight",
        [WeightNames.Query] = "attn_q.weight",
        [WeightNames.Key] = "attn_k.weight",
        [WeightNames.Value] = "attn_v.weight",
        [WeightNames.Output] = "attn_output.weight",
        [WeightNames.LinearAttention] = "attn_output.weight",
        [WeightNames.AttentionAfterNorm] = "post_attention_norm.weight",
        [WeightNames.QueryBias] = "attn_q.bias",
        [WeightNames.KeyBias] = "attn_k.bias",
        [WeightNames.ValueBias] = "attn_v.bias",
        [WeightNames.OutputBias] = "attn_output.bias",
        [WeightNames.QueryNorm] = "attn_q_norm.weight",
        [WeightNames.KeyNorm] = "attn_k_norm.weight",
        [WeightNames.Sinks] = "attn_sinks.weight",
        [WeightNames.FfnAfterNorm] = "post_ffw_norm.weight",
        [WeightNames.Gate] = "ffn_gate.weight",
        [WeightNames.Up] = "ffn_up.weight",
        [WeightNames.Down] = "ffn_down.weight",
        [WeightNames.GateBias] = "ffn_gate.bias",
        [WeightNames.UpBias] = "ffn_up.bias",
        [WeightNames.DownBias] = "ffn_down.bias",
        [WeightNames.Router] = "ffn_gate_inp.weight",
        [WeightNames.RouterBias] = "ffn_gate_inp.bias",
        [WeightNames.ExpertGate] = "ffn_gate_exps.weight",
        [WeightNames.ExpertUp] = "ffn_up_exps.weight",
        [WeightNames.ExpertDown] = "ffn_down_exps.weight",
        [WeightNames.ExpertGateBias] = "ffn_gate_exps.bias",
        [WeightNames.ExpertUpBias] = "ffn_up_exps.bias",
        [WeightNames.ExpertDownBias] = "ffn_down_exps.bias",
    };

    private static readonly (string Name, string[] Parts)[] Fusions =
    [
        ("attn_qkv.weight", [WeightNames.Query, WeightNames.Key, WeightNames.Value]),
        ("ffn_up.weight", [WeightNames.Gate, WeightNames.Up]),
    ];

    /// <summary>Gives a weight's name.</summary>
    public static string Of(AdaptedWeight weight, GgufArchitecture architecture)
    {
        string name = weight.LocalName == WeightNames.FfnNorm ? architecture.FfnNorm : Names[weight.LocalName];
        return weight.Layer is { } layer ? InLayer(layer, name) : name;
    }

    /// <summary>Gives a whole name of one within a layer.</summary>
    public static string InLayer(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{name}");

    /// <summary>Gives the matrix that holds a projection among others, row by row; null if it stands alone everywhere.</summary>
    public static (string Name, IReadOnlyList<string> Parts)? Fused(string localName) =>
        Array.Find(Fusions, fusion => fusion.Parts.Contains(localName)) is { Name: not null } found ? found : null;

    /// <summary>Tells whether a weight is a bias.</summary>
    public static bool IsBias(string localName) => localName.EndsWith(".bias", StringComparison.Ordinal);
}
