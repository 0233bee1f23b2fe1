namespace Puzzle.Deployment.Onnx;

/// <summary>One dimension of an input or output: a size, or a symbol where it varies from run to run.</summary>
internal readonly record struct Dimension(long Size, string? Symbol)
{
    public static implicit operator Dimension(long size) => new(size, null);

    public static implicit operator Dimension(string symbol) => new(0, symbol);

    public TensorShapeProto.Types.Dimension ToProto() => Symbol is null ? new() { DimValue = Size } : new() { DimParam = Symbol };
}
