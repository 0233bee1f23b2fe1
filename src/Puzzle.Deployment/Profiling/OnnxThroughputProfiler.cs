using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;

namespace Puzzle.Deployment.Profiling;

/// <summary>
/// Measures what each subblock costs when ONNX Runtime runs it on the CPU (paper section 4.2), by the stack method: copies with weights of
/// their own, together larger than the last-level cache, as the layers of one graph; minus an empty graph; divided by the number of copies.
/// Everything is sampled in turn, and the median counts.
/// </summary>
/// <remarks>
/// Graphs are those that <see cref="OnnxExporter"/> writes for the workload's weight type: Float32, Int8 or Int4, with activations and KV
/// cache in Float32; memory is that of the weights as they are exported, scales and an embedding that is not quantized included. Decode is
/// measured in the middle of generation. A no-op costs exactly nothing. What it costs to run a graph at all is part of the time outside the
/// blocks.
/// </remarks>
/// <param name="options">How to measure; the defaults if null.</param>
/// <param name="clock">Where timestamps come from; the system if null.</param>
public sealed class OnnxThroughputProfiler(OnnxProfilingOptions? options = null, TimeProvider? clock = null) : IThroughputProfiler
{
    // Part of every cached time's key: to be raised when times measured before are no longer comparable.
    private const int MethodVersion = 4;

    private readonly OnnxProfilingOptions _options = OptionsCheck.Valid(options);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Settings =>
        $"{OptionsText.Of(this, _options, nameof(OnnxProfilingOptions.CachePath))} {MethodVersion} "
        + $"{OrtEnv.Instance().GetVersionString()} {HostHardware.ProcessorName()}";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request is inconsistent, longer than the model's positions, or in a type that is not
    /// measured.</exception>
    public Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        OnnxExportOptions export = Validate(request);
        return WorkThread.RunAsync(
            () => StackProfiler.Profile(
                EngineFor(request, export, cancellationToken), request, _options.CachePath, progress, cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>The models are exported to a temporary folder as the workload's weight type says.</remarks>
    /// <exception cref="ArgumentException">There is no model, the workload is longer than a model's positions, or in a type that is not
    /// measured.</exception>
    public async Task<IReadOnlyList<ModelThroughput>?> MeasureAsync(
        IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> models, Workload workload, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(workload);
        if (models.Any(model => model.Value.IsStreamed))
            return null;
        using var temporary = new ScratchFolder("onnx");
        var loaded = new List<KeyValuePair<string, OnnxTextGenerator>>();
        try
        {
            foreach ((string name, CausalLanguageModel model) in models)
            {
                string folder = Path.Combine(temporary.Path, loaded.Count.ToString(CultureInfo.InvariantCulture));
                OnnxExportOptions export = ExportOptions(model.Config, workload);
                loaded.Add(new(name, await DedicatedThread.Run(() =>
                {
                    OnnxExporter.Export(model, folder, export, cancellationToken: cancellationToken);
                    var session = new OnnxSessionOptions { Threads = _options.Threads, Spin = _options.Spin };
                    return OnnxTextGenerator.Load(folder, session, cancellationToken);
                }).ConfigureAwait(false)));
            }
            return await new OnnxThroughputMeter(_options, _clock)
                .MeasureAsync(loaded, workload, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            loaded.ForEach(model => model.Value.Dispose());
        }
    }

    private OnnxExportOptions Validate(ProfilingRequest request)
    {
        request.Workload.Validate();
        request.Model.Validate();
        WholeModelMeasurement.Check("the model", request.Model.MaxPositions, request.Workload);
        foreach (BlockConfig block in request.Attention.Select(attention => new BlockConfig(attention, new NoOpFfnConfig()))
            .Concat(request.Ffn.Select(ffn => new BlockConfig(new NoOpAttentionConfig(), ffn))))
            (request.Model with { Architecture = new Architecture([block]) }).Validate();
        return ExportOptions(request.Model, request.Workload);
    }

    private OnnxExportOptions ExportOptions(ModelConfig model, Workload workload)
    {
        if (workload.ActivationType != ElementType.Float32 || workload.KeyValueType != ElementType.Float32)
            throw new ArgumentException($"The workload's activations are {workload.ActivationType} and its KV cache "
                + $"{workload.KeyValueType}; ONNX Runtime computes in Float32 on the CPU.", nameof(workload));
        OnnxPrecision precision = workload.WeightType switch
        {
            ElementType.Float32 => OnnxPrecision.Float32,
            ElementType.Int8 => OnnxPrecision.Int8,
            ElementType.Int4 => OnnxPrecision.Int4,
            _ => throw new ArgumentException(
                $"The workload's weights are {workload.WeightType}; Float32, Int8 and Int4 are measured.", nameof(workload)),
        };
        bool quantizeEmbedding = precision != OnnxPrecision.Float32 && _options.QuantizeEmbedding;
        if (quantizeEmbedding && model.HiddenSize % _options.BlockSize != 0)
            throw new ArgumentException($"The embedding cannot be quantized in blocks of {_options.BlockSize}: the hidden size "
                + $"{model.HiddenSize} is not a multiple.", nameof(workload));
        return new OnnxExportOptions
        {
            Precision = precision,
            BlockSize = _options.BlockSize,
            AccuracyLevel = _options.AccuracyLevel,
            QuantizeEmbedding = quantizeEmbedding,
        };
    }

    private ProfiledEngine<StackPart> EngineFor(ProfilingRequest request, OnnxExportOptions export, CancellationToken cancellationToken)
    {
        ModelConfig model = request.Model;
        StackPart[] parts =
        [
            .. request.Attention.Distinct().Select(config => StackPart.Of(model, config, export)),
            .. request.Ffn.Distinct().Select(config => StackPart.Of(model, config, request.Workload, request.ExpertUsage, export)),
            StackPart.NonBlock(model, export),
        ];
        return new ProfiledEngine<StackPart>(
            Engine(export, _options),
            ExportedSizes.Table(request, export),
            parts,
            part => RecipeOf(request, part, _options, export),
            missing => new StackBench(model, request.Workload, _options, export, missing, cancellationToken),
            _options.Timer(_clock, () => { }));
    }

    /// <summary>Gives all that a part's time depends on.</summary>
    /// <param name="request">The model's shape and the workload.</param>
    /// <param name="part">The part.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="export">How it is exported.</param>
    internal static Recipe RecipeOf(ProfilingRequest request, StackPart part, OnnxProfilingOptions options, OnnxExportOptions export)
    {
        bool isQuantized = export.QuantizedBits > 0;
        return new Recipe("ONNX Runtime stack times", MethodVersion)
            .With("Part", part.Name)
            .With("Shape", part.Shape)
            .With("Engine", Engine(export, options))
            .With("Batch", request.Workload.BatchSize)
            .With("PromptTokens", request.Workload.PromptTokens)
            .With("GeneratedTokens", request.Workload.GeneratedTokens)
            .WithOptions(
                options,
                (nameof(options.CacheBytes), options.LastLevelCacheBytes),
                (nameof(options.BlockSize), isQuantized ? options.BlockSize : null),
                (nameof(options.AccuracyLevel), isQuantized ? options.AccuracyLevel : null),
                (nameof(options.QuantizeEmbedding), isQuantized ? options.QuantizeEmbedding : null));
    }

    private static string Engine(OnnxExportOptions export, OnnxProfilingOptions options)
    {
        string embedding = export.QuantizeEmbedding ? ", embedding too" : "";
        string blocks = export.QuantizedBits == 0
            ? ""
            : FormattableString.Invariant($" in blocks of {export.BlockSize} at accuracy level {export.AccuracyLevel}{embedding}");
        string threads = options.Threads is { } count
            ? FormattableString.Invariant($"{count} threads")
            : FormattableString.Invariant($"default threads of {Environment.ProcessorCount} processors");
        return $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, {export.Precision} weights{blocks}, CPU, "
            + $"{HostHardware.ProcessorName()}, {threads}{(options.Spin ? ", spinning" : "")}";
    }
}
