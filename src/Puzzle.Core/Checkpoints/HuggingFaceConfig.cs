using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Reads and writes Hugging Face's <c>config.json</c>, of every family that is known.</summary>
/// <remarks>
/// Every member of the file is either understood, or on a list of those known not to change what the model computes, or
/// must have the one value that is supported; anything else is refused, so that no setting is silently ignored. Read are
/// all of <see cref="CheckpointDialect"/>; a file that gives neither model_type nor architectures counts as Llama. Of a multimodal model's
/// file the text part is read.
/// </remarks>
internal static class HuggingFaceConfig
{
    /// <summary>The file's name in a checkpoint folder.</summary>
    public const string FileName = "config.json";

    /// <summary>Reads a config file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is absent, malformed, inconsistent or asks for something
    /// unsupported.</exception>
    public static ModelConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using JsonDocument document = CheckpointFile.ReadJson(path);
        return Read(document, path);
    }

    /// <summary>Writes a config file in one step.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="config">The model.</param>
    /// <param name="type">The element type of its weights, noted for other readers.</param>
    /// <param name="dialect">The dialect; nothing is adapted to its readers.</param>
    /// <exception cref="ArgumentException">The config is inconsistent.</exception>
    /// <exception cref="NotSupportedException">The dialect cannot express the model.</exception>
    public static void Write(string path, ModelConfig config, ScalarType type, CheckpointDialect dialect = CheckpointDialect.Automatic) =>
        AtomicFile.WriteText(path, HuggingFaceConfigFormat.Format(config, type, dialect));

    internal static ModelConfig Read(JsonDocument document, string path)
    {
        var config = new ConfigObject(path, "", document.RootElement);
        try
        {
            ModelConfig model = CommonKeys.TakeModel(config);
            model.Validate();
            return model;
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointFormatException(path, exception.Message, exception);
        }
    }
}
