using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Models;
using Puzzle.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Gguf;

/// <summary>Children of a real parent of five layers gqa-4/172: kept weights are its own, new ones random.</summary>
internal static class StoriesChild
{
    public static string Folder => SharedData.Require("stories260K/hf");

    public static Tokenizer LoadTokenizer() => Tokenizer.Load(Folder);

    /// <summary>Makes a child.</summary>
    /// <param name="changes">What differs from the parent, for example <c>1:gqa-2/172 4:noop/64</c>.</param>
    public static CausalLanguageModel Create(string changes = "")
    {
        using var scope = NewDisposeScope();
        using CheckpointFolder parent = CheckpointFolder.Open(Folder);
        Architecture architecture = parent.Config.Architecture;
        foreach (string change in changes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            architecture = architecture.With(change[0] - '0', BlockConfig.Parse(change[2..]));
        ModelConfig config = parent.Config with { Architecture = architecture };
        var known = WeightNames.Model(parent.Config).Select(weight => weight.Name).ToHashSet();
        var shapes = WeightNames.Model(config).ToDictionary(weight => weight.Name, weight => weight.Shape);
        var generator = new Generator(7);
        return CausalLanguageModel.Create(config, name =>
        {
            if (!known.Contains(name))
                return randn([.. shapes[name]], generator: generator).mul(0.1f.ToScalar());
            Tensor weight = parent.Read(name);
            for (int dimension = 0; dimension < weight.dim(); dimension++)
                weight = weight.narrow(dimension, 0, shapes[name][dimension]);
            return weight.contiguous().clone();
        });
    }
}
