using Puzzle.Models;
using Puzzle.Pipeline;

namespace Puzzle.Reporting;

/// <summary>The parent and the saved child and baselines, loaded to be run side by side.</summary>
public sealed class FinishedModels : IDisposable
{
    private readonly List<CausalLanguageModel> _loaded = [];

    private FinishedModels(List<KeyValuePair<string, CausalLanguageModel>> all) => All = all;

    /// <summary>Gets the models by name, <c>parent</c> first and the child second.</summary>
    public IReadOnlyList<KeyValuePair<string, CausalLanguageModel>> All { get; }

    /// <summary>Gets the child.</summary>
    public CausalLanguageModel Child => _loaded[0];

    /// <summary>Loads the models of a run that found a child.</summary>
    /// <param name="parent">The parent; not disposed with the others, which are put on its device.</param>
    /// <param name="result">What the run found.</param>
    /// <exception cref="ArgumentException">The run found no child.</exception>
    public static FinishedModels Load(CausalLanguageModel parent, PuzzleResult result)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(result);
        PuzzleCandidate child = result.Child ?? throw new ArgumentException("The run found no child.", nameof(result));
        var all = new List<KeyValuePair<string, CausalLanguageModel>> { new(RunReport.ParentName, parent) };
        var models = new FinishedModels(all);
        try
        {
            foreach (PuzzleCandidate candidate in result.Baselines.Prepend(child))
            {
                models._loaded.Add(CausalLanguageModel.Load(candidate.Folder, device: parent.Device));
                all.Add(new(candidate.Name, models._loaded[^1]));
            }
            return models;
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    /// <summary>Disposes the child and the baselines.</summary>
    public void Dispose() => _loaded.ForEach(model => model.Dispose());
}
