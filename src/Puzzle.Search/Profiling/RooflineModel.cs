using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Search.Profiling;

/// <summary>
/// Times from arithmetic: a run of a subblock takes the longer of its operations at the reachable rate and its memory
/// traffic at the reachable bandwidth, plus a fixed overhead. Traffic is weights, activations in and out, and the KV cache. A mixture of
/// experts computes each token's active experts and reads those that any token needs.
/// </summary>
internal sealed class RooflineModel(HardwareSpec hardware, ModelConfig model, Workload workload, ExpertUsage? usage)
{
    private readonly double _operations = hardware.Peak(workload.ActivationType) * hardware.ComputeEfficiency;
    private readonly double _attentionOperations = hardware.Peak(workload.ActivationType) * hardware.AttentionEfficiency;
    private readonly double _bandwidth = hardware.MemoryBandwidth * hardware.MemoryEfficiency;

    public BlockCost WithTimes(BlockCost cost, AttentionConfig attention)
    {
        (double prefill, double decode) = attention switch
        {
            GroupedQueryAttentionConfig gqa => (Attention(cost, gqa, isPrefill: true), Attention(cost, gqa, isPrefill: false)),
            NoOpAttentionConfig => (0, 0),
            _ => Dense(cost, model.HiddenSize, model.HiddenSize),
        };
        return Timed(cost, prefill, decode);
    }

    public BlockCost WithTimes(BlockCost cost, FfnConfig ffn)
    {
        (double prefill, double decode) = ffn switch
        {
            GatedFfnConfig { IntermediateSize: int width } => Dense(cost, model.HiddenSize, 3.0 * width),
            MixtureFfnConfig mixture => (
                Experts(cost, mixture, (long)workload.BatchSize * workload.PromptTokens), Experts(cost, mixture, workload.BatchSize)),
            NoOpFfnConfig => (0, 0),
            _ => Dense(cost, model.HiddenSize, model.HiddenSize),
        };
        return Timed(cost, prefill, decode);
    }

    /// <summary>Embedding, final norm and head: logits are needed for one token of each sequence and step.</summary>
    public BlockCost WithNonBlockTimes(BlockCost cost)
    {
        double head = Run(2.0 * model.HiddenSize * model.VocabularySize * workload.BatchSize, 0, HeadBytes(),
            workload.BatchSize * (double)model.VocabularySize);
        return Timed(cost, head, head);
    }

    private double HeadBytes() => workload.WeightType.BytesOf((long)model.HiddenSize * model.VocabularySize);

    private static BlockCost Timed(BlockCost cost, double prefillSeconds, double decodeSeconds)
        => cost with { PrefillMilliseconds = prefillSeconds * 1000, DecodeMilliseconds = decodeSeconds * 1000 };

    private (double Prefill, double Decode) Dense(BlockCost cost, double hidden, double inner)
    {
        double Pass(double tokens) => Run(2.0 * cost.ParameterCount * tokens, 0, cost.WeightBytes, tokens * ((4 * hidden) + inner));
        return (Pass((double)workload.BatchSize * workload.PromptTokens), Pass(workload.BatchSize));
    }

    private double Experts(BlockCost cost, MixtureFfnConfig mixture, long tokens)
    {
        double used = usage?.DistinctExperts(mixture, tokens) ?? ExpertUsage.EvenlyUsed(mixture, tokens);
        long expert = WeightNames.Ffn(model, mixture).Where(weight => WeightNames.IsOfExperts(weight.Name))
            .Sum(weight => weight.ElementCount) / mixture.Experts;
        double shared = cost.ParameterCount - ((double)expert * mixture.Experts);
        return Run(
            2 * tokens * (shared + ((double)expert * mixture.ActiveExperts)), 0,
            cost.WeightBytes * (shared + (expert * used)) / cost.ParameterCount,
            tokens * ((4.0 * model.HiddenSize) + (3.0 * mixture.IntermediateSize * mixture.ActiveExperts)));
    }

    /// <summary>One pass over the prompt, or one decode step in the middle of the generation.</summary>
    private double Attention(BlockCost cost, GroupedQueryAttentionConfig gqa, bool isPrefill)
    {
        double context = isPrefill ? workload.PromptTokens / 2.0 : workload.PromptTokens + (workload.GeneratedTokens / 2.0);
        double tokens = (double)workload.BatchSize * (isPrefill ? workload.PromptTokens : 1);
        double inner = (double)model.AttentionHeads * model.HeadSize;
        double cached = workload.KeyValueType.Bits() / 8.0 * 2 * gqa.KeyValueHeads * model.HeadSize * workload.BatchSize * context;
        return Run(2.0 * cost.ParameterCount * tokens, 4 * inner * tokens * context, cost.WeightBytes
            + cached, tokens * ((4.0 * model.HiddenSize) + (2 * inner)));
    }

    private double Run(double matrixOperations, double attentionOperations, double bytes, double activations)
    {
        double compute = (matrixOperations / _operations) + (attentionOperations / _attentionOperations);
        double traffic = (bytes + (activations * workload.ActivationType.Bits() / 8)) / _bandwidth;
        return Math.Max(compute, traffic) + hardware.SubblockOverhead;
    }
}
