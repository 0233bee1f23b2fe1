using Puzzle.Foundation;
using Puzzle.Measurement;
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
    /// <param name="cancellationToken">Stops within a weight.</param>
    /// <exception cref="ArgumentException">The run found no child.</exception>
    public static FinishedModels Load(CausalLanguageModel parent, PuzzleResult result, CancellationToken cancellationToken = default)
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
                models._loaded.Add(CausalLanguageModel.Load(
                    candidate.Folder, device: parent.Device, cancellationToken: cancellationToken));
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

    /// <summary>Times the models of a run, or reads how fast the same ones were when they were last timed so.</summary>
    /// <param name="workDirectory">The run's folder.</param>
    /// <param name="result">What the run found; its models are not changed afterwards.</param>
    /// <param name="how">How they are timed, in words: engine, device, threads.</param>
    /// <param name="measure">Times them.</param>
    public static async Task<IReadOnlyList<ModelThroughput>> SpeedsAsync(
        string workDirectory, PuzzleResult result, string how, Func<Task<IReadOnlyList<ModelThroughput>>> measure)
    {
        ArgumentNullException.ThrowIfNull(workDirectory);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(measure);
        string key = Fingerprint.Of(
        [
            how, ProblemIdentity.Of(result.Problem), result.Costs.Engine,
            .. result.Baselines.Prepend(result.Child)
                .OfType<PuzzleCandidate>()
                .SelectMany(candidate => new[] { candidate.Name, FolderDigests.TryRead(candidate.Folder)?.Identity }),
        ]);
        return await new RunRecords(Path.Combine(workDirectory, PipelineRun.Records)).GetAsync(
            "speeds", key, RecordJson.Default.KeptModelThroughputArray, async () =>
                (ModelThroughput[])[.. await measure().ConfigureAwait(false)], speeds => speeds.Length > 0).ConfigureAwait(false);
    }

    /// <summary>Disposes the child and the baselines.</summary>
    public void Dispose() => _loaded.ForEach(model => model.Dispose());
}
