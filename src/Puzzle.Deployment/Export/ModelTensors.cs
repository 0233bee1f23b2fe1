using System.Runtime.InteropServices;
using Puzzle.Deployment.Onnx;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Streams a torch model's weights into a graph.</summary>
/// <param name="graph">Receives them.</param>
/// <param name="weights">Gives them.</param>
/// <param name="options">How they are stored.</param>
/// <param name="progress">Told the share of the model's weights that is written, 0 to 1.</param>
/// <param name="cancellationToken">Stops between parts of a weight.</param>
internal sealed class ModelTensors(
    GraphBuilder graph, TorchWeights weights, OnnxExportOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
    : IWeightTensors
{
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private long _elements;
    private readonly Dictionary<string, QuantizedMatrix> _quantized = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Floats(string name, params ReadOnlySpan<long> shape) => Add(name, shape, name, () => weights.Find(name));

    /// <inheritdoc/>
    public string Alternating(string first, string second, params ReadOnlySpan<long> shape)
    {
        int columns = (int)shape[^1];
        string added = Add($"{first}.alternating", shape, first, () => weights.FindAlternating(first, second, columns));
        Report(second);
        return added;
    }

    /// <inheritdoc/>
    public string Transposed(string name, int rows, int columns) =>
        Add($"{name}.transposed", [columns, rows], name, () => weights.FindTransposed(name));

    /// <inheritdoc/>
    public QuantizedMatrix Quantized(string name, int rows, int columns)
    {
        if (_quantized.TryGetValue(name, out QuantizedMatrix known))
            return known;
        var quantizer = new RowQuantizer(options.QuantizedBits, options.BlockSize);
        int blocks = quantizer.Blocks(columns), rowBytes = blocks * quantizer.BlockBytes;
        // A thirty-second of the weights at most: kept while the integers are written before them.
        float[] scales = new float[checked(rows * blocks)];
        string integers = graph.Tensor(
            $"{name}.quantized", DataType.Uint8, [rows, blocks, quantizer.BlockBytes], (long)rows * rowBytes, stream =>
        {
            int row = 0;
            weights.Find(name).ForEachPart(
                part =>
                {
                    int count = part.Length / columns;
                    byte[] packed = new byte[count * rowBytes];
                    for (int i = 0; i < count; i++, row++)
                        quantizer.Quantize(
                            part.Slice(i * columns, columns), packed.AsSpan(i * rowBytes, rowBytes), scales.AsSpan(row * blocks, blocks));
                    stream.Write(packed);
                },
                cancellationToken);
        });
        string scaleName = graph.Tensor($"{name}.scales", DataType.Float, [rows, blocks], (long)scales.Length * sizeof(float),
            stream => stream.Write(MemoryMarshal.AsBytes(scales.AsSpan())));
        Report(name);
        return _quantized[name] = new QuantizedMatrix(integers, scaleName);
    }

    private string Add(string tensor, ReadOnlySpan<long> shape, string name, Func<WeightRows> rows)
    {
        long elements = 1;
        foreach (long size in shape)
            elements = checked(elements * size);
        long bytes = checked(elements * FloatBytes.SizeOf(options.FloatType));
        string added = graph.Tensor(tensor, options.FloatType, shape, bytes, stream =>
            rows().ForEachPart(part => FloatBytes.Write(stream, part, options.FloatType, name), cancellationToken));
        Report(name);
        return added;
    }

    private void Report(string name)
    {
        if (!_written.Add(name))
            return;
        _elements += weights.ElementsOf(name);
        progress?.Report((double)_elements / weights.Elements);
    }
}
