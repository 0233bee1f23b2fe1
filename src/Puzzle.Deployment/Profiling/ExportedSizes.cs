using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>What weights and caches take in an exported graph: vectors stay floats, a quantized matrix has scales beside its integers, and
/// attention with a window keeps the keys and values of the whole text, of which it reads what the window shows.</summary>
internal static class ExportedSizes
{
    /// <summary>Gives the cost of every config of a request without times, its weights as they are exported.</summary>
    public static CostTable Table(ProfilingRequest request, OnnxExportOptions export)
    {
        CostTable costs = MemoryModel.Table(request);
        ModelConfig model = request.Model;
        return costs with
        {
            Attention = costs.Attention.ToDictionary(
                cost => cost.Key,
                cost => cost.Value with
                {
                    WeightBytes = Bytes(WeightNames.Attention(model, cost.Key), export),
                    KeyValueBytes = cost.Key is GroupedQueryAttentionConfig { KeyValueHeads: var heads }
                        ? MemoryModel.KeyValueBytes(model, heads, request.Workload)
                        : 0,
                }),
            Ffn = costs.Ffn.ToDictionary(
                cost => cost.Key, cost => cost.Value with { WeightBytes = Bytes(WeightNames.Ffn(model, cost.Key), export) }),
            NonBlock = costs.NonBlock with { WeightBytes = NonBlockBytes(model, export) },
        };
    }

    /// <summary>Gives the size of a part's weights in a graph.</summary>
    public static long Bytes(IEnumerable<WeightShape> weights, OnnxExportOptions export) =>
        weights.Sum(weight => weight.Shape.Count == 2
            ? MatrixBytes(weight.Shape[0], weight.Shape[1], export)
            : checked(weight.ElementCount * FloatBytes.SizeOf(export.FloatType)));

    /// <summary>Gives the size of the head's matrix: of an embedding only few rows are read.</summary>
    public static long HeadBytes(ModelConfig model, OnnxExportOptions export) =>
        MatrixBytes(model.VocabularySize, model.HiddenSize, export);

    private static long NonBlockBytes(ModelConfig model, OnnxExportOptions export)
    {
        bool embeddingIsQuantized = export.QuantizedBits > 0 && export.QuantizeEmbedding;
        bool shared = model.TieWordEmbeddings && (embeddingIsQuantized || export.QuantizedBits == 0);
        long floats = FloatBytes.SizeOf(export.FloatType), head = HeadBytes(model, export);
        long embedding = embeddingIsQuantized ? head : checked((long)model.VocabularySize * model.HiddenSize * floats);
        return checked(embedding + (shared ? 0 : head) + (model.HiddenSize * floats));
    }

    private static long MatrixBytes(long rows, long columns, OnnxExportOptions export)
    {
        if (export.QuantizedBits == 0)
            return checked(rows * columns * FloatBytes.SizeOf(export.FloatType));
        var quantizer = new RowQuantizer(export.QuantizedBits, export.BlockSize);
        return checked(rows * quantizer.Blocks((int)columns) * (quantizer.BlockBytes + sizeof(float)));
    }
}
