namespace Puzzle.Deployment.Export;

/// <summary>Which operators an exported graph is made of.</summary>
public enum OnnxOperators
{
    /// <summary>ONNX Runtime's own fused operators where they serve, over operator set 21: the fastest.</summary>
    OnnxRuntime,

    /// <summary>Operator set 23 of the ONNX standard and nothing else: for other engines, and ONNX Runtime 1.23 or later.</summary>
    Standard,
}
