using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Makes a model's tensors as one of llama.cpp's architectures wants them.</summary>
internal sealed class GgufTensorMaker(
    ModelAdaptation model, GgufArchitecture architecture, WeightSource weights, GgufTensorType matrixType, List<ExportChange> changes)
{
    private readonly double _scoreRatio = architecture.HasMultipliers || model.Config.Attention.ScoreScale is not { } scale
        ? 1
        : scale / architecture.ScoreScale(model.Config);

    /// <summary>Lists the tensors: embedding, rotary factors, layers in order, final norm, and the head unless it is tied and the
    /// architecture knows that.</summary>
    public List<GgufTensor> All()
    {
        AdaptedWeight[] all = [.. model.Weights()];
        List<GgufTensor> tensors = [];
        foreach (AdaptedWeight weight in all)
        {
            if (!architecture.FusesProjections || weight.Layer is null)
                tensors.Add(Of(GgufNames.Of(weight, architecture), [weight]));
            else if (GgufNames.Fused(weight.LocalName) is not { } fused)
                tensors.Add(Of(GgufNames.Of(weight, architecture), [weight]));
            else if (fused.Parts[0] == weight.LocalName)
                tensors.Add(Of(GgufNames.InLayer(weight.Layer.Value, fused.Name), Parts(all, weight.Layer.Value, fused.Parts)));
        }
        if (architecture.NeedsHead && model.Config.TieWordEmbeddings)
            tensors.Add(Of(GgufNames.Head, [all.Single(weight => weight.LocalName == WeightNames.Embedding)]));
        tensors.InsertRange(1, GgufRotary.Factors(model.Config));
        return tensors;
    }

    private static AdaptedWeight[] Parts(AdaptedWeight[] all, int layer, IReadOnlyList<string> names) =>
        [.. names.Select(name => all.Single(weight => weight.Layer == layer && weight.LocalName == name))];

    private GgufTensor Of(string name, AdaptedWeight[] parts)
    {
        IReadOnlyList<long> first = parts[0].Exported.Shape;
        long[] shape = [parts.Sum(part => part.Exported.Shape[0]), .. first.Skip(1)];
        GgufTensorType type = TypeOf(name, parts[0], shape);
        return new GgufTensor(name, type, shape, element =>
            parts.Length == 1 ? Make(parts[0], element) : cat([.. parts.Select(part => Make(part, element))], 0));
    }

    private GgufTensorType TypeOf(string name, AdaptedWeight weight, long[] shape)
    {
        // Vectors, and the router that decides where tokens go, are read as 32-bit floats only.
        if (shape.Length == 1 || GgufNames.IsBias(weight.LocalName) || weight.LocalName == WeightNames.Router)
            return GgufTensorType.F32;
        if (matrixType != GgufTensorType.Q8 || shape[^1] % Q8Blocks.BlockLength == 0)
            return matrixType;
        string reason = $"its rows of {shape[^1]} are no multiple of {Q8Blocks.BlockLength}";
        changes.Add(new(ExportChangeKind.StoredWider, model.SourceLayer(weight.Layer), $"{name} is stored in 16 bits: {reason}"));
        return GgufTensorType.F16;
    }

    private Tensor Make(AdaptedWeight weight, ScalarType element)
    {
        double factor = FactorOf(weight.LocalName);
        bool addsOne = model.Config.Norms.AddsOne && WeightNames.IsNorm(weight.LocalName);
        Tensor made = weight.Make(weights, factor == 1 && !addsOne ? element : ScalarType.Float32);
        if (addsOne)
            made = made.add(Native.Scalars.One, Native.Scalars.One);
        if (factor != 1)
            made = made * tensor((float)factor);
        made = made.to(element);
        return architecture.RotatesNeighbors && IsRotated(weight) ? Interleave(made, model.Config.HeadSize) : made.contiguous();
    }

    /// <summary>Where the graph scales scores otherwise than the model, queries make up for it: by their norm, which comes last, if there
    /// is one.</summary>
    private double FactorOf(string name) => model.Config.Attention.QueryKeyNorm is QueryKeyNorm.None
        ? name is WeightNames.Query or WeightNames.QueryBias ? _scoreRatio : 1
        : name is WeightNames.QueryNorm ? _scoreRatio : 1;

    private bool IsRotated(AdaptedWeight weight) =>
        weight.LocalName is WeightNames.Query or WeightNames.Key or WeightNames.QueryBias or WeightNames.KeyBias
        && model.Config.Architecture[weight.Layer!.Value].Attention is GroupedQueryAttentionConfig { HasRotary: true };

    /// <summary>The partners of a rotation are row i and row i + H / 2 of a head in Hugging Face's files: this brings them
    /// together.</summary>
    private static Tensor Interleave(Tensor projection, int headSize)
    {
        long rows = projection.size(0);
        long[] rest = [.. projection.shape.Skip(1)];
        return projection.reshape([rows / headSize, 2, headSize / 2, .. rest]).transpose(1, 2).reshape([rows, .. rest]).contiguous();
    }
}
