using System.Globalization;
using System.Text.Json;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>The whole state of a training in one safetensors file, written atomically: weights, the best ones so far, moments, step and loss curve.</summary>
internal static class TrainingCheckpoint
{
    private const string FirstMoments = "optimizer.first_moments";
    private const string SecondMoments = "optimizer.second_moments";
    private const string Fingerprint = "fingerprint";
    private const string RecipeText = "recipe";
    private const string BestPrefix = "best.";

    /// <summary>Writes the state after a number of steps.</summary>
    public static void Save(string path, Recipe recipe, CausalLanguageModel model, AdamW optimizer, IReadOnlyList<LossRecord> curve, BestWeights? best = null)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach(), StringComparer.Ordinal);
        tensors[FirstMoments] = optimizer.FirstMoments;
        tensors[SecondMoments] = optimizer.SecondMoments;
        foreach ((string name, Tensor weight) in best?.Weights ?? new Dictionary<string, Tensor>())
            tensors[BestPrefix + name] = weight;
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            [Fingerprint] = recipe.Fingerprint,
            [RecipeText] = RecipeJson.Write(recipe),
            ["step"] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            ["curve"] = JsonSerializer.Serialize(curve),
        });
    }

    /// <summary>Restores a saved state into the model, the optimizer and, where they are kept, the best weights.</summary>
    /// <returns>The loss curve so far; null, with nothing changed, if there is no file or it is of another training.</returns>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static List<LossRecord>? TryRestore(string path, Recipe recipe, CausalLanguageModel model, AdamW optimizer, BestWeights? best = null)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && Directory.Exists(folder))
            AtomicFile.DeleteLeftovers(folder, Path.GetFileName(path));
        if (!File.Exists(path))
            return null;
        using var reader = new SafetensorsReader(path);
        if (reader.Metadata.GetValueOrDefault(Fingerprint) != recipe.Fingerprint)
            return null;
        if (!long.TryParse(reader.Metadata.GetValueOrDefault("step"), NumberStyles.None, CultureInfo.InvariantCulture, out long step))
            throw new CheckpointFormatException(path, "the metadata has no step");

        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var saved = model.Weights.Select(weight => (weight.Value, Saved: reader.Read(weight.Key))).ToList();
        Tensor first = reader.Read(FirstMoments), second = reader.Read(SecondMoments);
        List<LossRecord> curve = Curve(path, reader);
        Dictionary<string, Tensor> savedBest = best is not null && curve.Exists(record => record.HeldOutLoss is not null)
            ? model.Weights.ToDictionary(weight => weight.Key, weight => reader.Read(BestPrefix + weight.Key), StringComparer.Ordinal)
            : [];
        foreach ((Tensor weight, Tensor value) in saved.Concat(model.Weights.Zip(savedBest.Values, (weight, value) => (weight.Value, value))))
        {
            if (!weight.shape.AsSpan().SequenceEqual(value.shape) || weight.dtype != value.dtype)
                throw new CheckpointFormatException(path, "a saved weight has another shape or type than the model's");
        }
        if (first.numel() != optimizer.Count || second.numel() != optimizer.Count || first.dtype != ScalarType.Float32 || second.dtype != ScalarType.Float32)
            throw new CheckpointFormatException(path, $"the optimizer state holds {first.numel()} and {second.numel()} numbers; expected {optimizer.Count} floats of each");
        optimizer.Restore(step, first, second);
        foreach ((Tensor weight, Tensor value) in saved)
            weight.copy_(value);
        best?.Take(savedBest);
        return curve;
    }

    /// <summary>Reads what a saved state was made from; null if there is no file, or it does not say.</summary>
    public static Recipe? ReadRecipe(string path)
    {
        if (!File.Exists(path))
            return null;
        using var reader = new SafetensorsReader(path);
        return reader.Metadata.TryGetValue(RecipeText, out string? text) && reader.Metadata.TryGetValue(Fingerprint, out string? fingerprint)
            ? RecipeJson.TryRead(text, fingerprint)
            : null;
    }

    private static List<LossRecord> Curve(string path, SafetensorsReader reader)
    {
        try
        {
            return JsonSerializer.Deserialize<List<LossRecord>>(reader.Metadata.GetValueOrDefault("curve", "null"))
                ?? throw new CheckpointFormatException(path, "the metadata has no loss curve");
        }
        catch (JsonException malformed)
        {
            throw new CheckpointFormatException(path, $"the loss curve is malformed: {malformed.Message}", malformed);
        }
    }
}
