using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>The ids that begin and end a text in a folder's generation_config.json.</summary>
internal static class GenerationIds
{
    /// <summary>The file's name in a checkpoint folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>Adds them to what config.json says: every id that either file names ends a text.</summary>
    /// <exception cref="CheckpointFormatException">The file is malformed or names an id outside the vocabulary.</exception>
    public static ModelConfig AddTo(ModelConfig config, string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return config;
        using JsonDocument document = CheckpointFile.ReadJson(path);
        var settings = new ConfigObject(path, "", document.RootElement);
        int? begin = settings.TakeInt("bos_token_id");
        IReadOnlyList<int> ends = settings.TakeInts("eos_token_id");
        foreach (int id in begin is { } first ? ends.Prepend(first) : ends)
        {
            if (id < 0 || id >= config.VocabularySize)
                throw settings.Error($"bos_token_id or eos_token_id names token {id}; the vocabulary has {config.VocabularySize}");
        }
        return config with { BeginOfTextId = config.BeginOfTextId ?? begin, EndOfTextIds = [.. config.EndOfTextIds.Union(ends)] };
    }
}
