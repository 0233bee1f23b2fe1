using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search;
using Puzzle.Text;

namespace Puzzle.Pipeline;

/// <summary>One run: a parent, text, a search space and what the child must achieve.</summary>
public sealed record PuzzleRequest
{
    /// <summary>Gets the parent; the caller disposes it after the run.</summary>
    public required IdentifiedModel Parent { get; init; }

    /// <summary>Gets the text for blockwise and global distillation.</summary>
    public required PackedTokenDataset TrainingText { get; init; }

    /// <summary>Gets the text for scores; must not overlap the training text.</summary>
    public required PackedTokenDataset ScoringText { get; init; }

    /// <summary>Gets the held-out text that parent and child are compared on; must overlap neither of the others.</summary>
    public required PackedTokenDataset HeldOutText { get; init; }

    /// <summary>Gets the alternatives of each layer.</summary>
    public required SearchSpace SearchSpace { get; init; }

    /// <summary>Gets what the child will be asked to do.</summary>
    public required Workload Workload { get; init; }

    /// <summary>Gets what the child must achieve.</summary>
    public required DeploymentTarget Target { get; init; }

    /// <summary>Gets the folder that makes the run resumable: block library, checkpoints, child.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Gets the folder, usually the parent's, whose tokenizer, chat template and generation settings go into the child's; none if
    /// null.</summary>
    public string? TokenizerFolder { get; init; }
}
