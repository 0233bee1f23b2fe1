using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Text;
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
    /// <param name="file">The file to create or replace, in one step.</param>
    /// <param name="model">The model; not disposed.</param>
    /// <param name="tokenizer">Its tokenizer, which becomes part of the file.</param>
    /// <param name="options">The tensor type and name; defaults if null.</param>
    /// <returns>What was written, and how it differs from the model where llama.cpp needs that.</returns>
    /// <exception cref="ArgumentException">The tokenizer has more ids than the model, or a weight does not fit the tensor type.</exception>
    /// <exception cref="NotSupportedException">llama.cpp cannot run the model or the tokenizer; nothing was written.</exception>
    public static ExportReport Export(string file, CausalLanguageModel model, Tokenizer tokenizer, GgufExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach(), StringComparer.Ordinal);
        return Export(file, model.Config, name => weights[name], tokenizer, options);
    }

    /// <summary>Writes a model whose weights are made one by one, so that only one need be in memory.</summary>
    /// <param name="file">The file to create or replace, in one step.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">
    /// Gives the weight of a name of <see cref="WeightNames.Model"/>, for example through <see cref="CheckpointFolder.Read"/>. It is
    /// called inside a dispose scope, which disposes the tensors made there; tensors that existed before stay.
    /// </param>
    /// <param name="tokenizer">The model's tokenizer, which becomes part of the file.</param>
    /// <param name="options">The tensor type and name; defaults if null.</param>
    /// <returns>What was written, and how it differs from the model where llama.cpp needs that.</returns>
    /// <exception cref="ArgumentException">The config is inconsistent, the tokenizer has more ids than the model, or a weight has another
    /// shape or does not fit the tensor type.</exception>
    /// <exception cref="NotSupportedException">llama.cpp cannot run the model or the tokenizer; nothing was written.</exception>
    public static ExportReport Export(
        string file, ModelConfig config, WeightSource weights, Tokenizer tokenizer, GgufExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new GgufExportOptions();
        if (!Enum.IsDefined(options.TensorType))
            throw new ArgumentOutOfRangeException(nameof(options), options.TensorType, "There is no such tensor type.");
        config.Validate();

        ModelAdaptation model = ModelAdaptation.Create(config, AdaptationRules.LlamaCpp);
        GgufArchitecture architecture = GgufArchitectures.Of(model.Config);
        using var metadata = new GgufMetadata();
        GgufModelMetadata.Add(metadata, model.Config, architecture, options);
        List<ExportChange> changes = [.. model.Report.Changes, .. GgufRotary.Changes(model.Config)];
        foreach (string approximation in GgufTokenizer.Add(metadata, tokenizer, config, options.AllowApproximateTokenizer))
            changes.Add(new(ExportChangeKind.TokenizerApproximated, Layer: null, approximation));
        List<GgufTensor> tensors = new GgufTensors(model, architecture, weights, options.TensorType, changes).All();
        GgufWriter.Write(file, metadata, tensors);
        return model.Report with { Changes = changes };
    }
}
