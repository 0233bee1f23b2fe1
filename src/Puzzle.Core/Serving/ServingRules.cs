using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;

namespace Puzzle.Serving;

/// <summary>What each engine loads, as its exporter or the dialect that it reads has it.</summary>
internal static class ServingRules
{
    // Of ONNX Runtime's own attention; the standard's, which takes any, has no sinks.
    private const int OnnxHeadMultiple = 8;

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

    private static string? OnnxProblem(ModelConfig model)
    {
        if (!model.Rotaries.All(rotary => RotaryFrequencies.IsSame(rotary, 1, model.MaxPositions)))
            return "beyond the original context whole texts are rotated otherwise, which its cache of rotated keys cannot follow";
        bool attends = model.Architecture.Any(block => block.Attention is GroupedQueryAttentionConfig);
        return attends && model.Attention.Sinks && model.HeadSize % OnnxHeadMultiple != 0
            ? $"its attention with sinks takes head sizes that are multiples of {OnnxHeadMultiple}; this one is {model.HeadSize}"
            : null;
    }

    private static string? FolderProblem(ModelConfig model, ServingEngine engine)
    {
        // What the family's own file says in full, its own classes build.
        if (HuggingFaceConfigFormat.IsExact(model, CheckpointDialect.Llama))
            return null;
        if (model.UnsupportedFeature() is { } feature)
            return $"layers that differ are read as DeciLM, which has no {feature}";
        if ((long)model.AttentionHeads * model.HeadSize != model.HiddenSize)
            return $"layers that differ are read as DeciLM, whose head size is hidden size / heads; this one is {model.HeadSize}";
        bool hasLinear = model.Architecture.Any(block => block is { Attention: LinearAttentionConfig } or { Ffn: LinearFfnConfig });
        return engine == ServingEngine.Vllm && hasLinear ? "it has no linear subblocks" : null;
    }
}
