using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;
using Puzzle.Work;

namespace Puzzle.Planning;

/// <summary>Parent, text and library of shared work, and its units.</summary>
internal sealed class OpenedWork : IDisposable
{
    private OpenedWork(IdentifiedModel parent, CorpusParts text, DirectoryBlockLibrary library, IUnitRunner runner) =>
        (Parent, Text, Library, Runner) = (parent, text, library, runner);

    public IdentifiedModel Parent { get; }

    public CorpusParts Text { get; }

    /// <summary>What was merged before; read only.</summary>
    public DirectoryBlockLibrary Library { get; }

    public IUnitRunner Runner { get; }

    /// <summary>The fingerprints of the text, by what it is for.</summary>
    public IReadOnlyDictionary<string, string> Data => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["scoring text"] = Text.Scoring.Fingerprint,
        ["training text"] = Text.Training.Fingerprint,
    };

    public static string LibraryOf(string workDirectory) => Path.Combine(workDirectory, "library");

    /// <summary>Opens what a plan is made of, and creates its library.</summary>
    public static OpenedWork Create(
        CompressionRequest request, ComputeDevice device, WorkStage stage, BlockwiseDistillationOptions blockwise, ScoringOptions scoring,
        CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(request.Parent);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        DirectoryBlockLibrary.Open(LibraryOf(request.WorkDirectory), fingerprint).Dispose();
        return Open(request, device, checkpoint, fingerprint, stage, blockwise, scoring, cancellationToken);
    }

    /// <summary>Opens what a plan was made of.</summary>
    /// <exception cref="InvalidOperationException">The parent is another.</exception>
    public static OpenedWork Open(
        CompressionRequest request, ComputeDevice device, WorkPlan plan, BlockwiseDistillationOptions blockwise, ScoringOptions scoring,
        CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(request.Parent);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        if (fingerprint != plan.Parent)
            throw new InvalidOperationException(
                $"The work plan was made for another parent, {plan.Parent}; that in {request.Parent} is {fingerprint}.");
        return Open(request, device, checkpoint, fingerprint, plan.Stage, blockwise, scoring, cancellationToken);
    }

    public void Dispose()
    {
        Library.Dispose();
        Parent.Model.Dispose();
    }

    private static OpenedWork Open(
        CompressionRequest request, ComputeDevice device, CheckpointFolder checkpoint, string fingerprint, WorkStage stage,
        BlockwiseDistillationOptions blockwise, ScoringOptions scoring, CancellationToken cancellationToken)
    {
        DirectoryBlockLibrary library = DirectoryBlockLibrary.OpenToRead(LibraryOf(request.WorkDirectory));
        CausalLanguageModel? model = null;
        try
        {
            model = CausalLanguageModel.Load(checkpoint, device.ParentType, device.Torch, cancellationToken);
            var parent = new IdentifiedModel(model, fingerprint);
            CorpusParts text = CorpusParts.Read(
                request.Text, Tokenizer.Load(request.Parent), Math.Min(request.SequenceLength, model.Config.MaxPositions),
                cancellationToken);
            var space = request.SpaceFor(model.Config);
            var blocks = new BlockUnits(new BlockwiseDistillationRequest(parent, text.Training, space, library), blockwise);
            IUnitRunner runner = stage == WorkStage.Blocks
                ? blocks
                : new ScoreUnits(
                    new ScoringRequest(
                        model, library, [.. BlockComposition.Compose(space, blocks.VariantsIn(library)).SelectMany(layer => layer)],
                        text.Scoring),
                    scoring);
            return new OpenedWork(parent, text, library, runner);
        }
        catch
        {
            model?.Dispose();
            library.Dispose();
            throw;
        }
    }
}
