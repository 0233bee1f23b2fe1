using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using TorchSharp;

namespace Puzzle.Search.Profiling;

/// <summary>
/// Measures what each subblock costs when torch runs it (paper section 4.2), by the stack method: many copies with weights of their own,
/// together larger than the last-level cache, run as layers of a residual stack; minus an empty run; divided by the number of copies.
/// Everything is sampled in turn, and the median counts.
/// </summary>
/// <remarks>
/// Times are those of torch computing in the workload's activation type, whatever type weights and KV cache are stored in;
/// their memory follows the workload. Decode is measured in the middle of generation. A no-op costs exactly nothing.
/// </remarks>
/// <param name="options">How to measure; the defaults if null.</param>
/// <param name="clock">Where timestamps come from; the system if null.</param>
public sealed class TorchThroughputProfiler(ProfilingOptions? options = null, TimeProvider? clock = null) : IThroughputProfiler
{
    // Part of every cached time's key: to be raised when times measured before are no longer comparable.
    private const int MethodVersion = 1;

    private readonly ProfilingOptions _options = Validated(options ?? new ProfilingOptions());
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request is inconsistent, longer than the model's positions, or in a type torch cannot compute in.</exception>
    public Task<CostTable> ProfileAsync(ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Validate(request);
        return TorchThread.RunAsync(_options.Threads, threads => Profile(request, threads, progress, cancellationToken), cancellationToken);
    }

    private static ProfilingOptions Validated(ProfilingOptions options)
    {
        options.Validate();
        return options;
    }

    private static void Validate(ProfilingRequest request)
    {
        request.Workload.Validate();
        request.Model.Validate();
        ProfilingBench.TorchType(request.Workload);
        if (request.Workload.SequenceTokens > request.Model.MaxPositions)
            throw new ArgumentException($"The workload has sequences of {request.Workload.SequenceTokens} tokens (prompt {request.Workload.PromptTokens}, generated {request.Workload.GeneratedTokens}); the model holds {request.Model.MaxPositions} positions.", nameof(request));
        foreach (GroupedQueryAttentionConfig gqa in request.Attention.OfType<GroupedQueryAttentionConfig>())
        {
            if (gqa.KeyValueHeads <= 0 || request.Model.AttentionHeads % gqa.KeyValueHeads != 0)
                throw new ArgumentException($"'{gqa}' has {gqa.KeyValueHeads} key-value heads, which do not divide the model's {request.Model.AttentionHeads} query heads.", nameof(request));
        }
        foreach (GatedFfnConfig ffn in request.Ffn.OfType<GatedFfnConfig>())
        {
            if (ffn.IntermediateSize <= 0)
                throw new ArgumentException($"An FFN of width {ffn.IntermediateSize} is to be profiled; widths are positive.", nameof(request));
        }
    }

    private CostTable Profile(ProfilingRequest request, int threads, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ModelConfig model = request.Model;
        ProfiledPart[] parts =
        [
            .. request.Attention.Distinct().Select(config => ProfiledPart.Attention(model, config)),
            .. request.Ffn.Distinct().Select(config => ProfiledPart.Ffn(model, config)),
            ProfiledPart.NonBlock(model),
        ];
        string engine = Engine(request.Workload, threads);
        Dictionary<string, MeasuredTime> times = Times(parts, request, engine, progress, cancellationToken);
        CostTable costs = MemoryModel.Table(request);
        return costs with
        {
            Engine = engine,
            Attention = costs.Attention.ToDictionary(cost => cost.Key, cost => WithTime(cost.Value, times[ProfiledPart.NameOf(cost.Key)])),
            Ffn = costs.Ffn.ToDictionary(cost => cost.Key, cost => WithTime(cost.Value, times[ProfiledPart.NameOf(cost.Key)])),
            NonBlock = WithTime(costs.NonBlock, times[ProfiledPart.NonBlockName]),
            Times = [.. parts.Select(part => times[part.Name])],
        };
    }

    private Dictionary<string, MeasuredTime> Times(
        ProfiledPart[] parts, ProfilingRequest request, string engine, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var times = new Dictionary<string, MeasuredTime>(StringComparer.Ordinal);
        TimeCache? cache = _options.CachePath is { } folder ? new TimeCache(folder) : null;
        foreach (ProfiledPart part in parts)
        {
            MeasuredTime? known = part.Length == 0 ? new MeasuredTime(part.Name, Timing.Zero, Timing.Zero) : cache?.Find(KeyOf(part));
            if (known is not null)
                times.Add(part.Name, known);
        }

        ProfiledPart[] missing = [.. parts.Where(part => !times.ContainsKey(part.Name))];
        if (missing.Length > 0)
        {
            using var bench = new ProfilingBench(request.Model, request.Workload, _options, missing.Max(part => part.Length));
            var timer = new InterleavedTimer(_clock, _options.Rounds, _options.MinimumSample, TorchThread.Synchroniser(_options.Device));
            IReadOnlyList<MeasuredTime> measured = StackMeasurement.Measure(
                () => SubblockStack.Empty(bench),
                [.. missing.Select(part => KeyValuePair.Create(part.Name, () => part.CreateStack(bench)))],
                request.Workload.GeneratedTokens > 0,
                timer,
                progress,
                cancellationToken);
            foreach ((ProfiledPart part, MeasuredTime time) in missing.Zip(measured))
            {
                cache?.Store(KeyOf(part), time);
                times.Add(part.Name, time);
            }
        }
        progress?.Report(1);
        return times;

        string KeyOf(ProfiledPart part) => Fingerprint.Of(
            MethodVersion,
            part.Name,
            part.Shape,
            engine,
            request.Workload.BatchSize,
            request.Workload.PromptTokens,
            request.Workload.GeneratedTokens,
            ProfilingBench.DepthOf(request.Model),
            ProfilingBench.CacheBytes(_options),
            _options.MaximumStackBytes,
            _options.Rounds,
            _options.MinimumSample.Ticks);
    }

    private string Engine(Workload workload, int threads)
    {
        string torchSharp = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "";
        string gpu = _options.Device == DeviceType.CUDA ? $"{HostHardware.GpuNames()}, " : "";
        return FormattableString.Invariant(
            $"torch {torch.__version__} (TorchSharp {torchSharp}), {workload.ActivationType}, {_options.Device}, {gpu}{HostHardware.ProcessorName()}, {threads} intra-operator threads");
    }

    private static BlockCost WithTime(BlockCost cost, MeasuredTime time) => cost with
    {
        PrefillMilliseconds = time.Prefill.MedianMilliseconds,
        DecodeMilliseconds = time.Decode.MedianMilliseconds,
    };
}
