using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
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
    private const int MethodVersion = 2;

    private readonly ProfilingOptions _options = OptionsCheck.Valid(options);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Settings =>
        $"{OptionsText.Of(this, _options, nameof(ProfilingOptions.CachePath), nameof(ProfilingOptions.DeviceIndex))} {MethodVersion} "
        + $"{DeviceName.Of(_options.Device, _options.DeviceIndex)} "
        + $"{HostHardware.ProcessorName()}";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request is inconsistent, longer than the model's positions, or in a type torch cannot
    /// compute in.</exception>
    public Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Validate(request);
        return TimingThread.RunAsync(
            _options.Threads,
            threads => StackProfiler.Profile(
                EngineFor(request, threads, cancellationToken), request, _options.CachePath, progress, cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no model, they are on several devices, or the workload is longer than a model's
    /// positions.</exception>
    public async Task<IReadOnlyList<ModelThroughput>?> MeasureAsync(
        IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> models, Workload workload, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default) =>
        models?.Any(model => model.Value.IsStreamed) == true
            ? null
            : await new ThroughputMeter(_options, _clock)
                .MeasureAsync(models!, workload, progress, cancellationToken).ConfigureAwait(false);

    private static void Validate(ProfilingRequest request)
    {
        request.Workload.Validate();
        request.Model.Validate();
        ProfilingBench.TorchType(request.Workload);
        WholeModelMeasurement.Check("the model", request.Model.MaxPositions, request.Workload);
        foreach (GroupedQueryAttentionConfig gqa in request.Attention.OfType<GroupedQueryAttentionConfig>())
        {
            if (gqa.KeyValueHeads <= 0 || request.Model.AttentionHeads % gqa.KeyValueHeads != 0)
                throw new ArgumentException($"'{gqa}' has {gqa.KeyValueHeads} key-value heads, which do not divide the model's "
                    + $"{request.Model.AttentionHeads} query heads.", nameof(request));
        }
        foreach (GatedFfnConfig ffn in request.Ffn.OfType<GatedFfnConfig>())
        {
            if (ffn.IntermediateSize <= 0)
                throw new ArgumentException(
                    $"An FFN of width {ffn.IntermediateSize} is to be profiled; widths are positive.", nameof(request));
        }
    }

    private ProfiledEngine<ProfiledPart> EngineFor(ProfilingRequest request, int threads, CancellationToken cancellationToken)
    {
        ModelConfig model = request.Model;
        ProfiledPart[] parts =
        [
            .. request.Attention.Distinct().Select(config => ProfiledPart.Attention(model, config)),
            .. request.Ffn.Distinct().Select(config => ProfiledPart.Ffn(model, config, request.Workload, request.ExpertUsage)),
            ProfiledPart.NonBlock(model),
        ];
        return new ProfiledEngine<ProfiledPart>(
            Engine(request.Workload, _options.TorchDevice, threads),
            MemoryModel.Table(request),
            parts,
            part => RecipeOf(request, part, _options, threads),
            missing => new ProfilingBench(
                model, request.Workload, _options, missing.Max(part => part.Length), cancellationToken),
            _options.Timer(_clock, TimingThread.Synchronizer(_options.TorchDevice)));
    }

    /// <summary>Gives all that a part's time depends on.</summary>
    /// <param name="request">The model's shape and the workload.</param>
    /// <param name="part">The part.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="threads">The intra-operator threads.</param>
    internal static Recipe RecipeOf(ProfilingRequest request, ProfiledPart part, ProfilingOptions options, int threads) =>
        new Recipe("torch stack times", MethodVersion)
        .With("Part", part.Name)
        .With("Shape", part.Shape)
        .With("Engine", Engine(request.Workload, options.TorchDevice, threads))
        .With("Depth", ProfilingBench.DepthOf(request.Model))
        .With("Batch", request.Workload.BatchSize)
        .With("PromptTokens", request.Workload.PromptTokens)
        .With("GeneratedTokens", request.Workload.GeneratedTokens)
        .WithOptions(
            options,
            (nameof(options.Device), DeviceName.Of(options.TorchDevice)),
            (nameof(options.Threads), threads),
            (nameof(options.CacheBytes), ProfilingBench.CacheBytes(options)));

    private static string Engine(Workload workload, torch.Device device, int threads)
    {
        string torchSharp = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "";
        string processor = device.type == DeviceType.CPU ? "" : $", {HostHardware.ProcessorName()}";
        // Each operator is launched by the processor: below some batch a step takes as long as its launches.
        string launches = device.type == DeviceType.CPU ? "" : ", eager: small batches measure launches";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"torch {torch.__version__} (TorchSharp {torchSharp}), {workload.ActivationType}, {DeviceName.Of(device)}{processor}, "
            + $"{threads} intra-operator threads{launches}");
    }
}
