namespace Puzzle.Deployment.Export;

/// <summary>The tensors of a block-quantized matrix [N, K].</summary>
/// <param name="Integers">The name of [N, blocks, block bytes], unsigned bytes.</param>
/// <param name="Scales">The name of [N, blocks], 32-bit floats.</param>
internal readonly record struct QuantizedMatrix(string Integers, string Scales);
