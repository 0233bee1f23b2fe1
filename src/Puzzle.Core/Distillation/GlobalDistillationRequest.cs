using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Distillation;

/// <summary>Global knowledge distillation of a child (paper section 4.3).</summary>
/// <param name="Parent">The teacher; not disposed, not changed.</param>
/// <param name="Data">The training text.</param>
/// <param name="Child">The student, trained in place; its identity is that before training.</param>
/// <param name="HeldOut">Text for the held-out loss; null to skip it, and with it early stopping and the choice of the best
/// weights.</param>
/// <param name="CheckpointPath">The file that makes the training resumable; null to keep none.</param>
public sealed record GlobalDistillationRequest(
    IdentifiedModel Parent,
    PackedTokenDataset Data,
    IdentifiedModel Child,
    PackedTokenDataset? HeldOut = null,
    string? CheckpointPath = null) : DistillationRequest(Parent, Data)
{
    /// <summary>
    /// Gets what follows <see cref="DistillationRequest.Data"/>, in order, each with its share of the steps; the first
    /// data take the rest. None by default. The tokens of a step stay about the same, so longer windows are fewer.
    /// </summary>
    /// <example><c>corpus.Pack(256)</c> as the data and <c>[new TextStage(corpus.Pack(512), 0.25)]</c> here: the last quarter of the steps
    /// reads windows of 512 tokens.</example>
    public IReadOnlyList<TextStage> LaterStages { get; init; } = [];

    /// <summary>Gets the share of the distiller's own steps that are taken, above 0: less than 1 for a trial.</summary>
    /// <value>1 by default.</value>
    public double StepShare { get; init; } = 1;
}
