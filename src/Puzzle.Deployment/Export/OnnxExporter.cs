using System.Globalization;
using Google.Protobuf;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Onnx;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.Deployment.Export;

/// <summary>
/// Exports models to ONNX: a decoder with key-value cache, <c>model.onnx</c> and <c>model.onnx.data</c>, with a <c>genai_config.json</c>
/// that ONNX Runtime GenAI (0.15 or later) and <see cref="Generation.OnnxTextGenerator"/> load.
/// </summary>
/// <remarks>
/// Layers keep their numbers: one that is wholly a no-op is not in the graph, and one without attention has no cache inputs or outputs.
/// Inputs are <c>input_ids</c> [B, T], <c>attention_mask</c> [B, past + T], <c>past_key_values.{i}.key</c> and <c>.value</c>
/// [B, K, past, H], and, for standard operators or a head size that is not a multiple of 16, <c>position_ids</c> [B, T]; outputs are
/// <c>logits</c> and <c>present.{i}.key</c> and <c>.value</c>. Prompts of different lengths are padded on the right and masked.
/// </remarks>
public static class OnnxExporter
{
    /// <summary>The name of the graph's file.</summary>
    public const string ModelFile = "model.onnx";

    /// <summary>The name of the weights' file.</summary>
    public const string DataFile = "model.onnx.data";

    /// <summary>Exports a model. Everything is written aside first: if anything fails, the folder stays as it was.</summary>
    /// <param name="model">The model; weights are streamed, a few megabytes at a time.</param>
    /// <param name="folder">The folder to create, or whose ONNX files to replace; its other files stay.</param>
    /// <param name="options">Precision and operators; the defaults if null.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between parts of a weight.</param>
    /// <returns>What was written. Blocks are the model's own, and none is changed.</returns>
    /// <exception cref="ArgumentException">
    /// The options contradict each other or the model; a weight holds infinities or NaNs, or does not fit 16 bits; or the tokenizer has
    /// more tokens than the model.
    /// </exception>
    /// <exception cref="CheckpointFormatException">The tokenizer to copy is damaged.</exception>
    public static ExportReport Export(
        CausalLanguageModel model, string folder, OnnxExportOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Export(TorchWeights.Of(model), model.Config, folder, options, progress, cancellationToken);
    }

    /// <summary>
    /// Exports a model whose weights are read one by one, so that only one need be in memory: for example
    /// <c>Export(checkpoint.Config, name => checkpoint.Read(name), folder)</c> with a <see cref="CheckpointFolder"/>.
    /// </summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="weight">
    /// Gives the weight of a name of <see cref="WeightNames.Model"/>, on any device, of any floating-point type. It is called inside a
    /// dispose scope, which disposes the tensors made there; tensors that existed before stay.
    /// </param>
    /// <param name="folder">The folder to create, or whose ONNX files to replace; its other files stay.</param>
    /// <param name="options">Precision and operators; the defaults if null.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between parts of a weight.</param>
    /// <returns>What was written. Blocks are the model's own, and none is changed.</returns>
    /// <exception cref="ArgumentException">As for a model in memory; or the config is inconsistent, or a weight is of another
    /// shape.</exception>
    /// <exception cref="CheckpointFormatException">A weight cannot be read, or the tokenizer to copy is damaged.</exception>
    public static ExportReport Export(
        ModelConfig model, WeightSource weight, string folder, OnnxExportOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weight);
        model.Validate();
        TorchRuntime.Initialize();
        return Export(new TorchWeights(model, weight), model, folder, options, progress, cancellationToken);
    }

    private static ExportReport Export(
        TorchWeights weights, ModelConfig model, string folder, OnnxExportOptions? options, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options = OptionsCheck.Valid(options);
        ModelConfig config = Served(model, options);
        CheckTokenizer(options.TokenizerFolder, config);

        using var staging = new StagedFolder(folder, GenAiConfig.FileName, ModelFile, DataFile);
        CheckpointWriter.CopyTokenizer(options.TokenizerFolder, staging.Path);
        string data = Path.Combine(staging.Path, DataFile);
        ModelProto proto = WriteWeights(weights, config, data, options, progress, cancellationToken);
        AtomicFile.Write(Path.Combine(staging.Path, ModelFile), stream => proto.WriteTo(stream));
        GenAiConfig.Of(config, ModelFile, AttentionFormRules.Of(config, options).SharesCache()).Write(staging.Path);
        staging.Commit(cancellationToken);
        progress?.Report(1);
        long parameters = ParameterCounter.Total(config);
        return new ExportReport(config.Architecture, [], parameters, parameters);
    }

    private static ModelProto WriteWeights(
        TorchWeights source, ModelConfig config, string path, OnnxExportOptions options, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ModelProto? proto = null;
        AtomicFile.Write(path, stream =>
        {
            using var data = new ExternalDataWriter(stream, DataFile);
            var graph = new GraphBuilder(data);
            var weights = new ModelTensors(graph, source, options, progress, cancellationToken);
            new DecoderGraph(graph, weights, config, options).Build();
            var notes = new List<KeyValuePair<string, string>>
            {
                new("puzzle.architecture", config.Architecture.ToString()),
                new("puzzle.precision", options.Precision.ToString()),
                new(GraphNotes.Data, Convert.ToHexStringLower(data.Finish())),
            };
            if (config.BeginOfTextId is { } begin)
                notes.Add(new(GraphNotes.BeginOfText, begin.ToString(CultureInfo.InvariantCulture)));
            proto = graph.Build(DecoderGraph.OperatorSetOf(config, options), notes);
        });
        return proto!;
    }

    private static ModelConfig Served(ModelConfig config, OnnxExportOptions options)
    {
        int positions = options.MaxPositions ?? Math.Min(config.MaxPositions, OnnxExportOptions.DefaultMaxPositions);
        if (positions > config.MaxPositions)
            throw new ArgumentException($"{positions} positions are to be served; the model holds {config.MaxPositions}.", nameof(options));
        if (options.QuantizeEmbedding && config.HiddenSize % options.BlockSize != 0)
            throw new ArgumentException($"The embedding cannot be quantized in blocks of {options.BlockSize}: the hidden size "
                + $"{config.HiddenSize} is not a multiple.", nameof(options));
        foreach (RotarySettings rotary in config.Rotaries)
        {
            if (!RotaryFrequencies.IsSame(rotary, 1, positions))
                throw new NotSupportedException(
                    $"Beyond its original context the model rotates whole texts otherwise, which a cache of rotated keys cannot follow; "
                    + $"set {nameof(OnnxExportOptions)}.{nameof(options.MaxPositions)} to at most {OriginalContext(rotary)}.");
        }
        return config with { MaxPositions = positions };
    }

    private static int OriginalContext(RotarySettings rotary) => rotary.Scaling switch
    {
        DynamicRopeScaling dynamic => dynamic.OriginalMaxPositions,
        LongRopeScaling longRope => longRope.OriginalMaxPositions,
        _ => int.MaxValue,
    };

    private static void CheckTokenizer(string? folder, ModelConfig config)
    {
        if (folder is null || !File.Exists(Path.Combine(folder, Tokenizer.FileName)))
            return;
        VocabularyCheck.Require($"The tokenizer in {folder}", Tokenizer.Load(folder).VocabularySize, config, nameof(folder));
    }
}
