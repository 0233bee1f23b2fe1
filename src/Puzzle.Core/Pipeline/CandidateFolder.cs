using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Pipeline;

/// <summary>
/// The folder of a finished model in a run. One that is there already and whole is left as it is; another model that was there is kept
/// under <c>kept</c>, and comes back when it is the answer again.
/// </summary>
/// <param name="workDirectory">The run's folder.</param>
internal sealed class CandidateFolder(string workDirectory)
{
    /// <summary>The name of the folder of models that were there before.</summary>
    public const string Kept = "kept";

    private const int IdentityDigits = 16;

    /// <summary>Saves a model, or leaves what is there.</summary>
    /// <param name="name">The folder's name.</param>
    /// <param name="model">The model.</param>
    /// <param name="identity">The hash of its architecture and weights.</param>
    /// <param name="type">The element type to store.</param>
    /// <param name="tokenizerFolder">Whose tokenizer and generation settings are copied; null for none.</param>
    /// <param name="cancellationToken">Stops within a weight; what was there stays.</param>
    /// <returns>The folder.</returns>
    public string Save(
        string name, CausalLanguageModel model, string identity, ScalarType type, string? tokenizerFolder,
        CancellationToken cancellationToken)
    {
        string folder = Path.Combine(workDirectory, name), kept = PathOf(name, identity);
        if (Directory.Exists(folder) && FolderDigests.TryRead(folder)?.Identity is var found && found != identity)
            SetAside(folder, PathOf(name, found));
        if (!Directory.Exists(folder) && Directory.Exists(kept))
            Directory.Move(kept, folder);
        if (!IsWhole(folder, identity, cancellationToken))
        {
            var options = new CheckpointWriterOptions { Identity = identity, TokenizerFolder = tokenizerFolder };
            model.Save(folder, type, options, cancellationToken);
        }
        return folder;
    }

    private string PathOf(string name, string? identity) =>
        Path.Combine(workDirectory, Kept, $"{name}-{identity?[..IdentityDigits] ?? Path.GetRandomFileName()}");

    private static void SetAside(string folder, string kept)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (Directory.Exists(kept))
            Directory.Delete(kept, recursive: true);
        Directory.Move(folder, kept);
    }

    private static bool IsWhole(string folder, string identity, CancellationToken cancellationToken) =>
        FolderDigests.TryRead(folder) is { } digests && digests.Identity == identity && digests.AreIntact(folder, cancellationToken);
}
