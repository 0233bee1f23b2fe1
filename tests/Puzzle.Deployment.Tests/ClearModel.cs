using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests;

/// <summary>Random models whose weights are large enough that every part shows in the logits.</summary>
internal static class ClearModel
{
    public const int Vocabulary = 61;

    public static ModelConfig Config(string blocks, int heads = 4, int headSize = 16, int hidden = 32, bool tied = false) => new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = hidden,
        AttentionHeads = heads,
        HeadSize = headSize,
        MaxPositions = 40,
        RmsNormEpsilon = 1e-5,
        TieWordEmbeddings = tied,
        EndOfTextIds = [2],
        BeginOfTextId = 1,
        Architecture = new Architecture(blocks.Split(' ').Select(BlockConfig.Parse)),
    };

    public static CausalLanguageModel Create(ModelConfig config, int seed = 1)
    {
        using var generator = new Generator((ulong)seed, CPU);
        var shapes = WeightNames.Model(config).ToDictionary(weight => weight.Name, weight => weight.Shape.ToArray());
        return CausalLanguageModel.Create(config, name =>
        {
            using var scope = NewDisposeScope();
            long[] shape = shapes[name];
            Tensor weight = shape.Length == 1
                ? normal(1, 0.3, shape, ScalarType.Float32, CPU, generator: generator)
                : normal(0, 1.2 / Math.Sqrt(shape[1]), shape, ScalarType.Float32, CPU, generator: generator);
            return weight.MoveToOuterDisposeScope();
        });
    }

    /// <summary>Computes in torch the logits at every position of one sequence, [T][V].</summary>
    public static float[][] Logits(CausalLanguageModel model, params int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor tokens = tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]);
        float[] all = model.Forward(tokens).to(ScalarType.Float32).contiguous().data<float>().ToArray();
        return [.. all.Chunk(all.Length / ids.Length)];
    }
}
