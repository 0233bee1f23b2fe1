using Puzzle.Architectures;

namespace Puzzle.Deployment.Export;

/// <summary>Which operators compute attention.</summary>
internal enum AttentionForm
{
    /// <summary>One fused operator rotates, appends to the cache in place and attends. Head sizes that are multiples of 16.</summary>
    Fused,

    /// <summary>As <see cref="Fused"/>, but rotation is an operator of its own. Head sizes that are multiples of 8.</summary>
    FusedWithoutRotation,

    /// <summary>Operators of the ONNX standard; any head size.</summary>
    Standard,
}

/// <summary>Chooses the form.</summary>
internal static class AttentionFormRules
{
    public static AttentionForm Of(ModelConfig config, OnnxExportOptions options) =>
        options.Operators == OnnxOperators.Standard || config.HeadSize % 8 != 0 ? AttentionForm.Standard
        : config.HeadSize % 16 != 0 || config.Rotaries.Any(rotary => rotary.Size != config.HeadSize) ? AttentionForm.FusedWithoutRotation
        : AttentionForm.Fused;

    /// <summary>Tells whether keys and values can be appended in a buffer that is input and output at once.</summary>
    public static bool SharesCache(this AttentionForm form) => form != AttentionForm.Standard;
}
