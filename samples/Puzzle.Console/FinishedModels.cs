using Puzzle.Models;
using Puzzle.Pipeline;
using TorchSharp;

namespace Puzzle.ConsoleApp;

/// <summary>The parent and the saved child and baselines, loaded to be timed side by side.</summary>
internal sealed class FinishedModels : IDisposable
{
    public const string Parent = "parent";

    private readonly List<CausalLanguageModel> _loaded = [];

    public required IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> All { get; init; }

    public CausalLanguageModel Child => _loaded[0];

    public static FinishedModels Load(CausalLanguageModel parent, PuzzleResult result, torch.Device device)
    {
        var all = new List<KeyValuePair<string, CausalLanguageModel>> { new(Parent, parent) };
        var models = new FinishedModels { All = all };
        foreach (PuzzleCandidate candidate in result.Baselines.Prepend(result.Child!))
        {
            models._loaded.Add(CausalLanguageModel.Load(candidate.Folder, device: device));
            all.Add(new(candidate.Name, models._loaded[^1]));
        }
        return models;
    }

    public void Dispose() => _loaded.ForEach(model => model.Dispose());
}
