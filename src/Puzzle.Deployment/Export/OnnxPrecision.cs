namespace Puzzle.Deployment.Export;

/// <summary>How an exported graph stores its weights.</summary>
public enum OnnxPrecision
{
    /// <summary>32-bit floats throughout.</summary>
    Float32,

    /// <summary>16-bit floats, activations and KV cache too; meant for CUDA. Logits stay 32-bit.</summary>
    Float16,

    /// <summary>Brain floats, activations and KV cache too; for CUDA only, the CPU has no operators for them. Logits stay 32-bit.</summary>
    BFloat16,

    /// <summary>8-bit integers in blocks with a 32-bit scale each; activations and KV cache are 32-bit floats.</summary>
    Int8,

    /// <summary>4-bit integers in blocks with a 32-bit scale each; activations and KV cache are 32-bit floats.</summary>
    Int4,
}
