using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>
/// Writes models as GGUF files for llama.cpp, each family as its architecture there. Layers that differ become architecture <c>deci</c>,
/// which serves what computes as Llama does, biases included. No-op subblocks that llama.cpp mishandles are replaced by equivalents,
/// which the report lists.
/// </summary>
public static class GgufExporter
{
    /// <summary>Writes a model that is in memory.</summary>
    /// <param name="model">The model; not disposed.</param>
    /// <param name="file">The file to create or replace, in one step.</param>
    /// <param name="options">The tokenizer, which must be given, the tensor type and a name.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    /// <returns>What was written, and how it differs from the model where llama.cpp needs that.</returns>
    /// <exception cref="OptionsValidationException">There is no tokenizer, or an option is out of range.</exception>
    /// <exception cref="ArgumentException">The tokenizer has more ids than the model, or a weight does not fit the tensor type.</exception>
    /// <exception cref="NotSupportedException">llama.cpp cannot run the model or the tokenizer; nothing was written.</exception>
    public static ExportReport Export(
        CausalLanguageModel model, string file, GgufExportOptions options, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach(), StringComparer.Ordinal);
        return Export(model.Config, name => weights[name], file, options, progress, cancellationToken);
    }

    /// <summary>Writes a model whose weights are made one by one, so that only one need be in memory.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="weight">
    /// Gives the weight of a name of <see cref="WeightNames.Model"/>, for example through <see cref="CheckpointFolder.Read"/>. It is
    /// called inside a dispose scope, which disposes the tensors made there; tensors that existed before stay.
    /// </param>
    /// <param name="file">The file to create or replace, in one step.</param>
    /// <param name="options">The tokenizer, which must be given, the tensor type and a name.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    /// <returns>What was written, and how it differs from the model where llama.cpp needs that.</returns>
    /// <exception cref="OptionsValidationException">There is no tokenizer, or an option is out of range.</exception>
    /// <exception cref="ArgumentException">The config is inconsistent, the tokenizer has more ids than the model, or a weight has another
    /// shape or does not fit the tensor type.</exception>
    /// <exception cref="NotSupportedException">llama.cpp cannot run the model or the tokenizer; nothing was written.</exception>
    public static ExportReport Export(
        ModelConfig model, WeightSource weight, string file, GgufExportOptions options, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentException.ThrowIfNullOrEmpty(file);
        options = OptionsCheck.Valid(options);
        model.Validate();

        ModelAdaptation adapted = ModelAdaptation.Create(model, AdaptationRules.LlamaCpp);
        GgufArchitecture architecture = LlamaCppArchitectures.Of(adapted.Config);
        using var metadata = new GgufMetadata();
        GgufModelMetadata.Add(metadata, adapted.Config, architecture, options);
        List<ExportChange> changes = [.. adapted.Report.Changes, .. GgufRotary.Changes(adapted.Config)];
        foreach (string approximation in GgufTokenizer.Add(metadata, options.Tokenizer!, model, options.AllowApproximateTokenizer))
            changes.Add(new(ExportChangeKind.TokenizerApproximated, Layer: null, approximation));
        List<GgufTensor> tensors = new GgufTensorMaker(adapted, architecture, weight, options.TensorType, changes).All();
        GgufWriter.Write(file, metadata, tensors, progress, cancellationToken);
        return adapted.Report with { Changes = changes };
    }
}
