
namespace Puzzle.Models;

/// <summary>The weight names of each kind of subblock, relative to the layer, as Hugging Face Llama and its Puzzle-derived dialects spell them.</summary>
internal static class SubblockWeights
{
    public const string AttentionNorm = "input_layernorm.weight";
    public const string Query = "self_attn.q_proj.weight";
    public const string Key = "self_attn.k_proj.weight";
    public const string Value = "self_attn.v_proj.weight";
    public const string Output = "self_attn.o_proj.weight";
    public const string LinearAttention = "self_attn.linear_attn.weight";

    public const string FfnNorm = "post_attention_layernorm.weight";
    public const string Gate = "mlp.gate_proj.weight";
    public const string Up = "mlp.up_proj.weight";
    public const string Down = "mlp.down_proj.weight";
    public const string LinearFfn = "mlp.linear_mlp.weight";
}
