using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>What a format, or the programs that read it, cannot take; each is replaced by something that computes the same.</summary>
/// <param name="RemoveEmptyLayers">Whether layers of two no-ops are left out.</param>
/// <param name="FirstAttention">What stands for a missing attention in the first layer; null to leave it missing.</param>
/// <param name="FfnFiller">The width of the FFN that stands for a missing one; null to leave it missing.</param>
/// <param name="FfnMultiple">What FFN widths are multiples of.</param>
internal sealed record AdaptationRules(bool RemoveEmptyLayers, AttentionConfig? FirstAttention, int? FfnFiller, int FfnMultiple)
{
    /// <summary>Gets the rules that change nothing.</summary>
    public static AdaptationRules None { get; } = new(RemoveEmptyLayers: false, FirstAttention: null, FfnFiller: null, FfnMultiple: 1);

    /// <summary>Gets what the DeciLM format itself needs.</summary>
    public static AdaptationRules DeciLm { get; } = None with { FfnMultiple = BlockConfigList.DeciLmWidthMultiple };

    /// <summary>
    /// Gets what the readers of DeciLM checkpoints need. vLLM and Megatron-Bridge need attention in the first layer; llama.cpp skips
    /// a layer's attention along with its FFN and fails where the last layer has no FFN.
    /// </summary>
    public static AdaptationRules DeciLmReaders { get; } = DeciLm with
    {
        RemoveEmptyLayers = true,
        FirstAttention = new GroupedQueryAttentionConfig(1),
        FfnFiller = BlockConfigList.DeciLmWidthMultiple,
    };

    /// <summary>Gets what llama.cpp's <c>deci</c> architecture needs, which may have any width and takes a cheaper linear subblock
    /// first.</summary>
    public static AdaptationRules LlamaCpp { get; } = None with
    {
        RemoveEmptyLayers = true,
        FirstAttention = new LinearAttentionConfig(),
        FfnFiller = 32,
    };
}
