using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>
/// Writes models as GGUF files for llama.cpp: architecture <c>llama</c> where all layers are alike, else <c>deci</c>. No-op
/// subblocks that llama.cpp mishandles are replaced by equivalents, which the report lists.
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
    /// <exception cref="ArgumentException">The config is inconsistent, the tokenizer has more ids than the model, or a weight has another shape or does not fit the tensor type.</exception>
    /// <exception cref="NotSupportedException">llama.cpp cannot run the model or the tokenizer; nothing was written.</exception>
    public static ExportReport Export(string file, ModelConfig config, WeightSource weights, Tokenizer tokenizer, GgufExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new GgufExportOptions();
        if (!Enum.IsDefined(options.TensorType))
            throw new ArgumentOutOfRangeException(nameof(options), options.TensorType, "There is no such tensor type.");
        config.Validate();
        RequireSupported(config);

        ModelAdaptation model = ModelAdaptation.Create(config, AdaptationRules.LlamaCpp);
        using var metadata = new GgufMetadata();
        GgufModelMetadata.Add(metadata, model.Config, options);
        var changes = model.Report.Changes.ToList();
        foreach (string approximation in GgufTokenizer.Add(metadata, tokenizer, config, options.AllowApproximateTokenizer))
            changes.Add(new(ExportChangeKind.TokenizerApproximated, Layer: null, approximation));
        List<GgufTensor> tensors = [.. model.Weights().Select(weight => TensorOf(weight, model, weights, options.TensorType, changes))];
        if (config.RopeScaling is Llama3RopeScaling scaling)
        {
            float[] factors = RotaryFactors.Of(config, scaling);
            tensors.Insert(1, new GgufTensor(GgufNames.RotaryFactors, GgufTensorType.F32, [factors.Length], _ => tensor(factors)));
        }
        GgufWriter.Write(file, metadata, tensors);
        return model.Report with { Changes = changes };
    }

    private static void RequireSupported(ModelConfig config)
    {
        if (config.UnsupportedFeature() is { } feature)
            throw new NotSupportedException($"GGUF files of models with {feature} are not written yet.");
        for (int layer = 0; layer < config.Layers; layer++)
        {
            if (config.Architecture[layer].Ffn is LinearFfnConfig)
                throw new NotSupportedException($"llama.cpp has no linear FFN; layer {layer} is {config.Architecture[layer]}.");
        }
    }

    private static GgufTensor TensorOf(AdaptedWeight weight, ModelAdaptation model, WeightSource weights, GgufTensorType type, List<ExportChange> changes)
    {
        string name = GgufNames.Of(weight);
        IReadOnlyList<long> shape = weight.Exported.Shape;
        if (shape.Count == 1)
            type = GgufTensorType.F32;
        if (type == GgufTensorType.Q8 && shape[^1] % Q8Blocks.BlockLength != 0)
        {
            type = GgufTensorType.F16;
            changes.Add(new(ExportChangeKind.StoredWider, model.SourceLayer(weight.Layer), $"{name} is stored in 16 bits: its rows of {shape[^1]} are no multiple of {Q8Blocks.BlockLength}"));
        }
        bool isRotated = weight.LocalName is WeightNames.Query or WeightNames.Key;
        return new GgufTensor(name, type, shape, element =>
        {
            Tensor made = weight.Make(weights, element);
            return isRotated ? Interleave(made, model.Config.HeadSize) : made;
        });
    }

    /// <summary>llama.cpp rotates neighboring rows of a head, Hugging Face row i and row i + H / 2: this brings the partners together.</summary>
    private static Tensor Interleave(Tensor projection, int headSize)
    {
        long rows = projection.size(0), columns = projection.size(1);
        return projection.view(rows / headSize, 2, headSize / 2, columns).transpose(1, 2).reshape(rows, columns).contiguous();
    }
}
