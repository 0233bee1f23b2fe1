using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;
using Puzzle.Models;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Adds the rotary tables, [max positions, H / 2] each: scaling is in their numbers, so that no operator needs to know of it.</summary>
internal static class RotaryTables
{
    public static (string Cosine, string Sine) Add(GraphBuilder graph, ModelConfig config, DataType type)
    {
        double[] frequencies = RotaryFrequencies.Of(config.Rotaries[0], config.MaxPositions);
        long length = (long)config.MaxPositions * frequencies.Length * FloatBytes.SizeOf(type);
        return (Table(DecoderNames.CosineCache, Math.Cos), Table(DecoderNames.SineCache, Math.Sin));

        string Table(string name, Func<double, double> function) =>
            graph.Tensor(name, type, [config.MaxPositions, frequencies.Length], length, stream =>
            {
                float[] row = new float[frequencies.Length];
                for (int position = 0; position < config.MaxPositions; position++)
                {
                    for (int i = 0; i < row.Length; i++)
                        row[i] = (float)function(position * frequencies[i]);
                    FloatBytes.Write(stream, row, type, name);
                }
            });
    }
}
