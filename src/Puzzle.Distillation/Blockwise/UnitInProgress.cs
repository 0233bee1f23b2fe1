using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>A unit that was started and is not stored yet.</summary>
internal sealed class UnitInProgress : IDisposable
{
    private readonly Tensor[]? _asStarted;
    private readonly VariantStart[]? _starts;

    /// <param name="unit">The unit.</param>
    /// <param name="block">Its block; disposed with this.</param>
    /// <param name="starts">What it started from, where there was a choice: of each of its widths, or one.</param>
    /// <param name="training">Its training; null if it is not trained.</param>
    public UnitInProgress(BlockUnit unit, TrainedBlock block, IReadOnlyList<VariantStart>? starts, UnitTraining? training)
    {
        (Unit, Block, Training) = (unit, block, training);
        _starts = starts is null ? null : [.. starts];
        if (_starts?[0].HeldOutLoss is not null && training is not null)
            _asStarted = [.. block.Parameters.Select(weight => weight.detach().clone().DetachFromDisposeScope())];
    }

    public BlockUnit Unit { get; }

    public TrainedBlock Block { get; }

    public UnitTraining? Training { get; }

    /// <summary>Gets a value indicating whether it can be stored.</summary>
    public bool IsDone => Training?.IsDone ?? true;

    /// <summary>Gives what a variant started from, and whether it is that still; null where there was no choice.</summary>
    /// <param name="place">The place of its width.</param>
    public VariantStart? StartOf(int place) => _starts?[place];

    /// <summary>Gives the block the weights it started with if training made the held-out loss of a variant no lower.</summary>
    /// <param name="place">The place of its width. Widths that are stored later get back what training made of them.</param>
    /// <param name="store">Stores the variant.</param>
    public void StoreTheBetter(int place, Action store)
    {
        bool keeps = _asStarted is not null && _starts![place].HeldOutLoss <= Training!.HeldOut[place];
        if (keeps)
        {
            Exchange();
            _starts![place] = _starts[place] with { IsKept = true };
        }
        store();
        if (keeps && Block.Widths > 1)
            Exchange();
    }

    public void Dispose()
    {
        Training?.Dispose();
        foreach (Tensor weight in _asStarted ?? [])
            weight.Dispose();
        Block.Dispose();
    }

    // The block's weights for those that are kept, and back.
    private void Exchange()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach ((Tensor weight, Tensor other) in Block.Parameters.Zip(_asStarted!))
        {
            Tensor now = weight.detach().clone();
            weight.copy_(other);
            other.copy_(now);
        }
    }
}
