using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>llama.cpp's architectures, and which of them computes what a model does.</summary>
internal static class LlamaCppArchitectures
{
    private static readonly NormFeatures GemmaNorms = new() { Placement = NormPlacement.Both, AddsOne = true };
    private static readonly FfnFeatures GemmaFfn = new() { Activation = Activation.TanhGelu };

    private static readonly GgufArchitecture Llama = new("llama")
    {
        RotatesNeighbors = true,
        HasRotaryFactors = true,
        ProjectionBias = null,
        MayHaveOtherBiases = true,
        Experts = null,
    };

    private static readonly GgufArchitecture Deci = Llama with { Name = "deci", LayersMayDiffer = true, Experts = false };

    private static readonly GgufArchitecture Qwen3 = new("qwen3") { QueryKeyNorm = QueryKeyNorm.PerHead };

    private static readonly GgufArchitecture Gemma2 = new("gemma2")
    {
        Norms = GemmaNorms,
        Ffn = GemmaFfn,
        WindowPattern = 2,
        ScalesEmbedding = true,
        HasScoreSoftCap = true,
        HasLogitSoftCap = true,
        AlwaysCaps = true,
        TiesHead = true,
        LayersOfOtherScale = 46,
    };

    // What each family's files are, by its model_type; where that does not do, the two that serve Llama are tried.
    private static readonly Dictionary<string, GgufArchitecture> OfFamily = new(StringComparer.Ordinal)
    {
        ["qwen2"] = new("qwen2") { ProjectionBias = true },
        ["qwen3"] = Qwen3,
        ["qwen3_moe"] = Qwen3 with { Name = "qwen3moe", Experts = true, HasExpertWidth = true },
        ["gemma2"] = Gemma2,
        ["gemma3_text"] = Gemma2 with
        {
            Name = "gemma3",
            QueryKeyNorm = QueryKeyNorm.PerHead,
            WindowPattern = 6,
            WindowTheta = 10_000,
            HasScoreSoftCap = false,
            AlwaysCaps = false,
            TiesHead = false,
            LayersOfOtherScale = 62,
        },
        ["phi3"] = new("phi3") { FusesProjections = true, HasLongRotaryFactors = true },
        ["olmo2"] = new("olmo2")
        {
            Norms = new() { Placement = NormPlacement.After },
            QueryKeyNorm = QueryKeyNorm.FullWidth,
            NeedsHead = true,
        },
        ["granite"] = Llama with { Name = "granite", HasMultipliers = true, HasRotaryFactors = false, Experts = false },
        ["smollm3"] = new("smollm3") { RotatesNeighbors = true, RotaryPattern = 4 },
        ["gpt_oss"] = new("gpt-oss")
        {
            FfnNorm = "post_attention_norm.weight",
            Ffn = new() { Activation = Activation.ClampedSwish, Bias = true, RouterBias = true },
            ProjectionBias = true,
            MayHaveOtherBiases = true,
            Sinks = true,
            NeedsHead = true,
            Experts = true,
            HasExpertWidth = true,
            WindowPattern = 2,
        },
    };

    /// <summary>Gives the architecture that computes what a model does: its family's own, else one that serves Llama.</summary>
    /// <exception cref="NotSupportedException">None does; says what the family's own lacks.</exception>
    public static GgufArchitecture Of(ModelConfig model) => Find(model, out string? problem)
        ?? throw new NotSupportedException($"llama.cpp cannot run this model ({model.Family}): {problem}.");

    /// <summary>Says why no architecture computes what a model does; null if one does.</summary>
    public static string? ProblemOf(ModelConfig model) => Find(model, out string? problem) is null ? problem : null;

    private static GgufArchitecture? Find(ModelConfig model, out string? problem)
    {
        GgufArchitecture own = OfFamily.GetValueOrDefault(model.Family, Llama);
        GgufArchitecture[] candidates = own == Llama ? [Llama, Deci] : [own, Llama, Deci];
        bool hasExperts = model.Architecture.Any(block => block.Ffn is MixtureFfnConfig);
        problem = null;
        foreach (GgufArchitecture candidate in candidates)
        {
            if (GgufArchitectureCheck.ProblemOf(candidate, model) is not { } found)
                return candidate;
            // Deci is what Llama becomes when layers differ: what stops it is what stops the model, but for experts, which it has none of.
            problem = problem is null || (own == Llama && !hasExperts) ? found : problem;
        }
        return null;
    }
}
