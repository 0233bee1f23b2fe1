using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;

namespace Puzzle.Serving;

/// <summary>What each engine loads, as its exporter or the dialect that it reads has it.</summary>
internal static class ServingRules
{
    /// <summary>Says why an engine cannot load a model; null if it can.</summary>
    public static string? ProblemOf(ModelConfig model, ServingEngine engine) => engine switch
    {
        ServingEngine.LlamaCpp => LlamaCppProblem(model),
        ServingEngine.OnnxRuntime => OnnxProblem(model),
        ServingEngine.Vllm or ServingEngine.Transformers => FolderProblem(model, engine),
        _ => throw new ArgumentOutOfRangeException(nameof(engine), engine, "There is no such engine."),
    };

    private static string? LlamaCppProblem(ModelConfig model)
    {
        if (model.Architecture.All(block => block is { Attention: NoOpAttentionConfig, Ffn: NoOpFfnConfig }))
            return "no layer is left";
        return LlamaCppArchitectures.ProblemOf(ModelAdaptation.Create(model, AdaptationRules.LlamaCpp).Config);
    }

    private static string? OnnxProblem(ModelConfig model) =>
        model.Rotaries.All(rotary => RotaryFrequencies.IsSame(rotary, 1, model.MaxPositions))
            ? null
            : "beyond the original context whole texts are rotated otherwise, which its cache of rotated keys cannot follow";

    private static string? FolderProblem(ModelConfig model, ServingEngine engine)
    {
        if (IsLikeItsFamily(model))
            return null;
        if (model.UnsupportedFeature() is { } feature)
            return $"layers that differ are read as DeciLM, which has no {feature}";
        if ((long)model.AttentionHeads * model.HeadSize != model.HiddenSize)
            return $"layers that differ are read as DeciLM, whose head size is hidden size / heads; this one is {model.HeadSize}";
        bool hasLinear = model.Architecture.Any(block => block is { Attention: LinearAttentionConfig } or { Ffn: LinearFfnConfig });
        return engine == ServingEngine.Vllm && hasLinear ? "it has no linear subblocks" : null;
    }

    /// <summary>Tells whether the family's own classes build the model: all layers of one size. Windows and rotary embeddings follow the
    /// family's pattern.</summary>
    private static bool IsLikeItsFamily(ModelConfig model) => model.Architecture.All(block =>
        block.Attention is GroupedQueryAttentionConfig gqa && model.Architecture[0].Attention is GroupedQueryAttentionConfig first
            && gqa.KeyValueHeads == first.KeyValueHeads
            && block.Ffn == model.Architecture[0].Ffn
            && block.Ffn is GatedFfnConfig or MixtureFfnConfig);
}
