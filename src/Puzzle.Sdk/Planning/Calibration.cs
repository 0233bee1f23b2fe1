using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Planning;

/// <summary>Does a little of each stage, with the classes that do the whole, and times it.</summary>
internal sealed class Calibration(CausalLanguageModel parent, PackedTokenDataset text, string folder, TimeProvider clock)
{
    // The difference of two trainings is their steps; what they have in common is the unit's own time.
    private const int FewSteps = 1, MoreSteps = 4;
    private const string Fingerprint = "calibration";

    private readonly SearchSpace _space = Sample(parent.Config.Architecture);

    /// <summary>Gives a space of one smaller attention and one smaller FFN in the first layer, those of the middle of the default
    /// space.</summary>
    public static SearchSpace Sample(Architecture architecture)
    {
        IEnumerable<AttentionConfig> attention = architecture[0].Attention is GroupedQueryAttentionConfig { KeyValueHeads: > 1 }
            ? [new GroupedQueryAttentionConfig(1)]
            : [new LinearAttentionConfig()];
        IEnumerable<FfnConfig> ffn = architecture[0].Ffn is GatedFfnConfig { IntermediateSize: > 16 } gated
            ? [new GatedFfnConfig(gated.IntermediateSize / 2)]
            : [new LinearFfnConfig()];
        return SearchSpace.Uniform(architecture, attention, ffn);
    }

    /// <summary>Gives the seconds of a training step's operation, and those of a unit before its first step.</summary>
    public async Task<(double PerOperation, double PerUnit)> CraftAsync(
        BlockwiseDistillationOptions options, Func<BlockwiseDistillationOptions, BlockwiseDistillationRequest, double> operations,
        CancellationToken cancellationToken)
    {
        (double few, double fewOperations, int units) = await TimeAsync(FewSteps).ConfigureAwait(false);
        (double more, double moreOperations, _) = await TimeAsync(MoreSteps).ConfigureAwait(false);
        double perOperation = Math.Max(more - few, more / 10) / (moreOperations - fewOperations);
        return (perOperation, Math.Max(0, few - (perOperation * fewOperations)) / units);

        async Task<(double Seconds, double Operations, int Units)> TimeAsync(int steps)
        {
            BlockwiseDistillationOptions shorter = OptionsCheck.Copy(options);
            (shorter.Steps, shorter.StopWhenFlat, shorter.TrainBesideNoOps) = (steps, false, NoOpPartners.None);
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(Path.Combine(folder, $"library-{steps}"), Fingerprint);
            var request = new BlockwiseDistillationRequest(new(parent, Fingerprint), text, _space, library) { Layers = ..1 };
            long start = clock.GetTimestamp();
            BlockwiseDistillationResult made = await new BlockwiseDistiller(shorter)
                .DistillAsync(request, null, cancellationToken).ConfigureAwait(false);
            return (
                clock.GetElapsedTime(start).TotalSeconds, operations(shorter, request), made.Variants.Count(variant => !variant.IsParent));
        }
    }

    /// <summary>Gives the seconds that a few candidates' scores take, and how many they are.</summary>
    public async Task<double> ScoreAsync(ScoringOptions options, PackedTokenDataset data, int windows, CancellationToken cancellationToken)
    {
        ScoringOptions shorter = OptionsCheck.Copy(options);
        shorter.MaxWindows = windows;
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(Path.Combine(folder, $"library-{FewSteps}"), Fingerprint);
        SubblockVariant[] variants = [
            .. library.Variants, SubblockVariant.OfParent(parent, 0, SubblockKind.Attention),
            SubblockVariant.OfParent(parent, 0, SubblockKind.Ffn)
        ];
        BlockVariant[] candidates =
        [
            .. from attention in variants.Where(variant => variant.Key.Kind == SubblockKind.Attention)
               from ffn in variants.Where(variant => variant.Key.Kind == SubblockKind.Ffn)
               select new BlockVariant(attention, ffn),
        ];
        long start = clock.GetTimestamp();
        await foreach (BlockScore score
            in new ReplaceOneBlockScorer(shorter)
                .ScoreAsync(new ScoringRequest(parent, library, candidates, data), cancellationToken).ConfigureAwait(false))
            cancellationToken.ThrowIfCancellationRequested();
        return clock.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Gets the operations of the scores that were timed, as <see cref="ScoreUnits"/> counts them: the sampled blocks in the first
    /// layer, and the parent once.</summary>
    public double ScoreOperations(ScoringOptions options, PackedTokenDataset data)
    {
        long tokens = (long)Math.Min(options.MaxWindows, data.Count) * data.SequenceLength;
        long head = (long)parent.Config.HiddenSize * parent.Config.VocabularySize;
        long rest = parent.Config.Architecture.Skip(1).Sum(block => ParameterCounter.Block(parent.Config, block)) + head;
        long own = ParameterCounter.Block(parent.Config, parent.Config.Architecture[0]);
        return 2.0 * tokens * (rest + own + _space.Blocks(0).Sum(block => rest + ParameterCounter.Block(parent.Config, block)));
    }

    /// <summary>Gets the space that scores are calibrated on: the sample in the first layer.</summary>
    public SearchSpace SampledSpace => _space;

    /// <summary>Gives the seconds of a step of global distillation, of a child as large as the parent.</summary>
    public async Task<double> UptrainAsync(GlobalDistillationOptions options, CancellationToken cancellationToken)
    {
        if (options.Steps == 0)
            return 0;
        double first = await TimeAsync(FewSteps).ConfigureAwait(false), second = await TimeAsync(FewSteps + 1).ConfigureAwait(false);
        return Math.Max(second - first, first / 10);

        async Task<double> TimeAsync(int steps)
        {
            GlobalDistillationOptions shorter = OptionsCheck.Copy(options);
            (shorter.Steps, shorter.EvaluateEvery, shorter.CheckpointEvery) = (steps, int.MaxValue, int.MaxValue);
            BlockVariant[] own = [.. Enumerable.Range(0, parent.Config.Layers).Select(layer => new BlockVariant(
                SubblockVariant.OfParent(parent, layer, SubblockKind.Attention),
                SubblockVariant.OfParent(parent, layer, SubblockKind.Ffn)))];
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(Path.Combine(folder, $"library-{FewSteps}"), Fingerprint);
            using CausalLanguageModel child = library.Assemble(own, parent, cancellationToken: cancellationToken);
            long start = clock.GetTimestamp();
            await new GlobalDistiller(shorter).DistillAsync(
                new GlobalDistillationRequest(new(parent, Fingerprint), text, new(child, Fingerprint)), null,
                cancellationToken).ConfigureAwait(false);
            return clock.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>Measures the parent's own subblocks and the sampled smaller ones.</summary>
    /// <returns>Their costs, and the seconds it took.</returns>
    public async Task<(CostTable Costs, double Seconds)> ProfileAsync(
        ProfilingOptions options, Workload workload, CancellationToken cancellationToken)
    {
        ProfilingOptions uncached = OptionsCheck.Copy(options);
        uncached.CachePath = null;
        long start = clock.GetTimestamp();
        CostTable costs = await new TorchThroughputProfiler(uncached, clock).ProfileAsync(
            new ProfilingRequest(
                parent.Config,
                [.. parent.Config.Architecture.Select(block => block.Attention).Concat(_space.AllAttention).Distinct()],
                [.. parent.Config.Architecture.Select(block => block.Ffn).Concat(_space.AllFfn).Distinct()],
                workload),
            null, cancellationToken).ConfigureAwait(false);
        return (costs, clock.GetElapsedTime(start).TotalSeconds);
    }
}
