using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using Puzzle.Models;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>The rotary tables of a graph, [max positions, R / 2] each: scaling is in their numbers, so that no operator needs to know of
/// it.</summary>
/// <param name="graph">The graph.</param>
/// <param name="config">The model's shape; its max positions are the rows.</param>
/// <param name="type">The element type.</param>
internal sealed class RotaryTensors(GraphBuilder graph, ModelConfig config, DataType type)
{
    private readonly IReadOnlyList<RotarySettings> _rotaries = config.Rotaries;

    /// <summary>Gives the dimensions of a head that a rotary embedding rotates.</summary>
    public int SizeOf(int rotary) => _rotaries[rotary].Size;

    /// <summary>Gives the tables of a rotary embedding, by its number; they are added when first asked for.</summary>
    public (string Cosine, string Sine) Of(int rotary)
    {
        double[] frequencies = RotaryFrequencies.Of(_rotaries[rotary], config.MaxPositions);
        double factor = RotaryFrequencies.AttentionFactor(_rotaries[rotary]);
        long length = (long)config.MaxPositions * frequencies.Length * FloatBytes.SizeOf(type);
        return (Table(DecoderNames.CosineCache, Math.Cos), Table(DecoderNames.SineCache, Math.Sin));

        string Table(string stem, Func<double, double> function)
        {
            string name = DecoderNames.Table(stem, rotary);
            return graph.Tensor(name, type, [config.MaxPositions, frequencies.Length], length, stream =>
            {
                float[] row = new float[frequencies.Length];
                for (int position = 0; position < config.MaxPositions; position++)
                {
                    for (int i = 0; i < row.Length; i++)
                        row[i] = (float)(factor * function(position * frequencies[i]));
                    FloatBytes.Write(stream, row, type, name);
                }
            });
        }
    }
}
