using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.GpuCheck;

/// <summary>The loops that are checked, over random tokens: the same text, seeds and steps on every device.</summary>
internal static class CheckTraining
{
    public const int Windows = 32, BatchSize = 4;

    public static SearchSpace Space(ModelConfig model)
    {
        BlockConfig own = model.Architecture[0];
        int keyValueHeads = ((GroupedQueryAttentionConfig)own.Attention).KeyValueHeads, width = ((GatedFfnConfig)own.Ffn).IntermediateSize;
        return SearchSpace.Uniform(
            model.Architecture, [new GroupedQueryAttentionConfig(keyValueHeads / 2)],
            [new GatedFfnConfig(width / 2), new LinearFfnConfig()]);
    }

    public static PackedTokenDataset Text(ModelConfig model, int tokens)
    {
        var random = new Random(1);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, Windows).Select(_ =>
                (IReadOnlyList<int>)[.. Enumerable.Range(0, tokens).Select(_ => random.Next(model.VocabularySize))])],
            model.VocabularySize, 1);
    }

    public static CausalLanguageModel Parent(ModelConfig model, Device device, ScalarType type)
    {
        using CausalLanguageModel made = RandomWeights.Create(model, 1);
        using var scope = NewDisposeScope();
        var weights = made.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        return CausalLanguageModel.Create(model, name => weights[name].detach().to(type, device, copy: true).DetachFromDisposeScope());
    }

    public static async Task<BlockwiseDistillationResult> BlockwiseAsync(
        CausalLanguageModel parent, PackedTokenDataset text, IBlockLibrary library, Range layers, int steps, TrainingPrecision precision,
        CancellationToken cancellationToken) => await new BlockwiseDistiller(new BlockwiseDistillationOptions
        {
            Steps = steps,
            BatchSize = BatchSize,
            Precision = precision,
            CalibrationWindows = BatchSize,
            HeldOutWindows = BatchSize,
            Initialization = Initialization.Paper,
            TrainBesideNoOps = NoOpPartners.None,
            Workers = 1,
        }).DistillAsync(
            new BlockwiseDistillationRequest(new(parent, "check"), text, Space(parent.Config), library) { Layers = layers }, null,
            cancellationToken);

    public static async Task<IReadOnlyList<LossRecord>> GlobalAsync(
        CausalLanguageModel parent, PackedTokenDataset text, int steps, TrainingPrecision precision, CancellationToken cancellationToken)
    {
        using CausalLanguageModel child = Parent(
            parent.Config with { Architecture = Architecture.Uniform(parent.Config.Layers, Space(parent.Config).Blocks(0).Last()) },
            parent.Device, ScalarType.Float32);
        GlobalDistillationResult result = await new GlobalDistiller(new GlobalDistillationOptions
        {
            Steps = steps,
            BatchSize = BatchSize,
            Precision = precision,
            Workers = 1,
        }).DistillAsync(new GlobalDistillationRequest(new(parent, "check"), text, new(child, "child")), null, cancellationToken);
        return result.Curve;
    }

    public static async Task<Dictionary<string, double>> ScoreAsync(
        CausalLanguageModel parent, PackedTokenDataset text, IBlockLibrary library, BlockwiseDistillationResult crafted,
        CancellationToken cancellationToken)
    {
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        BlockVariant[] candidates = [.. BlockComposition.Compose(Space(parent.Config), crafted.Variants).SelectMany(layer => layer)];
        await foreach (BlockScore score in new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = 2 * BatchSize, Workers = 1 })
            .ScoreAsync(new ScoringRequest(parent, library, candidates, text), cancellationToken))
            scores[$"{score.Layer} {score.Config}"] = score.Metrics["kl_div"];
        return scores;
    }
}
