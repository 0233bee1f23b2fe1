using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Profiling;

/// <summary>Cuts a graph's weights from a file of random numbers, one after another and around: what they are does not matter for
/// time.</summary>
/// <param name="graph">The graph.</param>
/// <param name="options">Precision and block size.</param>
/// <param name="tapeBytes">The file's length.</param>
internal sealed class TapeTensors(GraphBuilder graph, OnnxExportOptions options, long tapeBytes) : IWeightTensors
{
    private const long Alignment = 4 << 10;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private long _position;

    /// <inheritdoc/>
    public string Floats(string name, params ReadOnlySpan<long> shape)
    {
        long elements = 1;
        foreach (long size in shape)
            elements = checked(elements * size);
        return Cut(name, DataType.Float, shape, checked(elements * sizeof(float)));
    }

    /// <inheritdoc/>
    public string Alternating(string first, string second, params ReadOnlySpan<long> shape) => Floats(first, shape);

    /// <inheritdoc/>
    public string Transposed(string name, int rows, int columns) => Floats(name, columns, rows);

    /// <inheritdoc/>
    public QuantizedMatrix Quantized(string name, int rows, int columns)
    {
        var quantizer = new RowQuantizer(options.QuantizedBits, options.BlockSize);
        int blocks = quantizer.Blocks(columns);
        return new QuantizedMatrix(
            Cut($"{name}.quantized", DataType.Uint8, [rows, blocks, quantizer.BlockBytes], (long)rows * blocks * quantizer.BlockBytes),
            Cut($"{name}.scales", DataType.Float, [rows, blocks], (long)rows * blocks * sizeof(float)));
    }

    private string Cut(string name, DataType type, ReadOnlySpan<long> shape, long length)
    {
        if (!_known.Add(name))
            return name;
        if (length > tapeBytes - _position)
            _position = 0;
        var range = new DataRange(StackBench.TapeFile, _position, length);
        _position += (length + Alignment - 1) / Alignment * Alignment;
        return graph.Tensor(name, type, shape, range);
    }
}
