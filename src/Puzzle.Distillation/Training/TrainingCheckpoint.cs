using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>
/// The whole state of a training in one safetensors file, written atomically: weights, the best ones so far, moments, step and loss
/// curve, and a digest of it all. A state of another training, and a damaged one, is set aside under a name of its own.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string FirstMoments = "optimizer.first_moments";
    private const string SecondMoments = "optimizer.second_moments";
    private const string BestPrefix = "best.";
    private const string FingerprintName =
        "fingerprint", RecipeName = "recipe", StepName = "step", CurveName = "curve", PreparedName = "prepared", DigestName = "digest";
    private const int FingerprintDigits = 16;

    private static JsonTypeInfo<List<LossRecord?>> CurveType { get; } =
        (JsonTypeInfo<List<LossRecord?>>)JsonSerializerOptions.Default.GetTypeInfo(typeof(List<LossRecord?>));

    /// <summary>Writes the state after a number of steps.</summary>
    /// <remarks>Cancellation stops it within a tensor, and the state that was there before stays.</remarks>
    public static void Save(
        string path, Recipe recipe, CausalLanguageModel model, AdamW optimizer, IReadOnlyList<LossRecord> curve, BestWeights? best = null,
        string? prepared = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = model.Weights.ToDictionary(
            weight => weight.Key, weight => weight.Value.detach(), StringComparer.Ordinal);
        tensors[FirstMoments] = optimizer.FirstMoments;
        tensors[SecondMoments] = optimizer.SecondMoments;
        foreach ((string name, Tensor weight) in best?.Weights ?? new Dictionary<string, Tensor>())
            tensors[BestPrefix + name] = weight;
        var notes = new Dictionary<string, string>
        {
            [FingerprintName] = recipe.Fingerprint,
            [RecipeName] = RecipeJson.Write(recipe),
            [StepName] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            [CurveName] = JsonSerializer.Serialize(curve),
        };
        if (prepared is not null)
            notes[PreparedName] = prepared;
        notes[DigestName] = DigestOf(notes, WeightsDigest.Of(tensors, cancellationToken));
        SafetensorsWriter.Write(path, tensors, notes, cancellationToken);
    }

    /// <summary>Restores a saved state into the model, the optimizer and, where they are kept, the best weights.</summary>
    /// <remarks>Cancellation stops it within a tensor, which leaves the model half restored.</remarks>
    /// <returns>The loss curve so far and what was done before the first step; null, with nothing changed, if there is no whole state
    /// of this training.</returns>
    public static TrainingState? TryRestore(
        string path, Recipe recipe, CausalLanguageModel model, AdamW optimizer, BestWeights? best = null, int totalSteps = int.MaxValue,
        CancellationToken cancellationToken = default)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            AtomicFile.DeleteLeftovers(folder, Path.GetFileName(path));
        try
        {
            return Choose(path, recipe.Fingerprint) ? Restore(path, model, optimizer, best, totalSteps, cancellationToken) : null;
        }
        catch (CheckpointFormatException)
        {
            File.Move(path, Aside(path, "damaged"), overwrite: true);
            return null;
        }
    }

    /// <summary>Reads what a saved state was made from; null if there is no file, or it does not say.</summary>
    public static Recipe? ReadRecipe(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var reader = new SafetensorsReader(path);
            return reader.Metadata.TryGetValue(RecipeName, out string? text)
                && reader.Metadata.TryGetValue(FingerprintName, out string? fingerprint)
                ? RecipeJson.TryRead(text, fingerprint)
                : null;
        }
        catch (CheckpointFormatException)
        {
            return null;
        }
    }

    // Of several trainings of one path, the others' states stay beside it.
    private static bool Choose(string path, string fingerprint)
    {
        if (File.Exists(path))
        {
            string? found;
            using (var reader = new SafetensorsReader(path))
                found = reader.Metadata.GetValueOrDefault(FingerprintName);
            if (found == fingerprint)
                return true;
            bool isName = found is { Length: >= FingerprintDigits } && found.All(char.IsAsciiHexDigit);
            File.Move(path, Aside(path, isName ? found![..FingerprintDigits] : "other"), overwrite: true);
        }
        string own = Aside(path, fingerprint[..FingerprintDigits]);
        if (!File.Exists(own))
            return false;
        File.Move(own, path);
        return true;
    }

    private static string Aside(string path, string word) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", $"{Path.GetFileNameWithoutExtension(path)}.{word}{Path.GetExtension(path)}");

    private static TrainingState Restore(
        string path, CausalLanguageModel model, AdamW optimizer, BestWeights? best, int totalSteps, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var reader = new SafetensorsReader(path);
        if (reader.Metadata.GetValueOrDefault(DigestName) != DigestOf(
            reader.Metadata, WeightsDigest.Of(
                reader.Tensors.Keys, name => reader.Read(name, cancellationToken: cancellationToken), cancellationToken)))
            throw new CheckpointFormatException(path, "the training state is damaged: its digest does not match its content");
        (int step, List<LossRecord> curve) = Progress(path, reader, totalSteps);
        Tensor first = Moments(path, reader, FirstMoments, optimizer.Count), second = Moments(path, reader, SecondMoments, optimizer.Count);
        bool hasBest = best is not null && curve.Exists(record => record.HeldOutLoss is not null);
        foreach ((string name, Tensor weight) in model.Weights)
        {
            Check(path, reader, name, weight);
            if (hasBest)
                Check(path, reader, BestPrefix + name, weight);
        }
        optimizer.Restore(step, first, second);
        foreach ((string name, Tensor weight) in model.Weights)
            reader.ReadInto(name, weight, cancellationToken: cancellationToken);
        if (hasBest)
            best!.Take(model.Weights.Select(weight => KeyValuePair.Create(
                weight.Key, reader.Read(BestPrefix + weight.Key, cancellationToken: cancellationToken))));
        return new TrainingState(curve, reader.Metadata.GetValueOrDefault(PreparedName));
    }

    private static (int Step, List<LossRecord> Curve) Progress(string path, SafetensorsReader reader, int totalSteps)
    {
        if (!int.TryParse(reader.Metadata.GetValueOrDefault(StepName), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            || step > totalSteps)
            throw new CheckpointFormatException(path, $"the metadata has no step from 0 to {totalSteps}");
        List<LossRecord?> curve = JsonReader.Deserialize(
            Encoding.UTF8.GetBytes(reader.Metadata.GetValueOrDefault(CurveName, "null")), CurveType, $"{path}, its loss curve");
        return curve.Count == step
            && curve.Index().All(record => record.Item?.Step == record.Index && double.IsFinite(record.Item.Loss))
            ? (step, [.. curve.OfType<LossRecord>()])
            : throw new CheckpointFormatException(path, $"the loss curve is not that of {step} steps");
    }

    private static Tensor Moments(string path, SafetensorsReader reader, string name, long count)
    {
        if (!reader.Tensors.TryGetValue(name, out TensorInfo? info) || info.Type != ScalarType.Float32 || info.ElementCount != count)
            throw new CheckpointFormatException(path, $"the optimizer state is not {count} numbers");
        return reader.Read(name);
    }

    private static void Check(string path, SafetensorsReader reader, string name, Tensor weight)
    {
        if (!reader.Tensors.TryGetValue(name, out TensorInfo? info)
            || info.Type != weight.dtype
            || !info.Shape.AsSpan().SequenceEqual(weight.shape))
            throw new CheckpointFormatException(path, $"'{name}' is absent or of another shape or type than the model's");
    }

    private static string DigestOf(IReadOnlyDictionary<string, string> notes, string weights) => Fingerprint.Of(
    [
        notes.GetValueOrDefault(FingerprintName), notes.GetValueOrDefault(RecipeName), notes.GetValueOrDefault(StepName),
        notes.GetValueOrDefault(CurveName), weights, .. notes.TryGetValue(PreparedName, out string? prepared) ? [prepared] : (string[])[],
    ]);
}
