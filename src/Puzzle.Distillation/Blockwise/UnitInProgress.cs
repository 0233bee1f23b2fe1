using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>A unit that was started and is not stored yet.</summary>
internal sealed class UnitInProgress : IDisposable
{
    private readonly Tensor[]? _asStarted;

    /// <param name="unit">The unit.</param>
    /// <param name="block">Its block; disposed with this.</param>
    /// <param name="start">What it started from, where there was a choice.</param>
    /// <param name="training">Its training; null if it is not trained.</param>
    public UnitInProgress(BlockUnit unit, TrainedBlock block, VariantStart? start, UnitTraining? training)
    {
        (Unit, Block, Start, Training) = (unit, block, start, training);
        if (start?.HeldOutLoss is not null && training is not null)
            _asStarted = [.. block.Parameters.Select(weight => weight.detach().clone().DetachFromDisposeScope())];
    }

    public BlockUnit Unit { get; }

    public TrainedBlock Block { get; }

    public VariantStart? Start { get; private set; }

    public UnitTraining? Training { get; }

    /// <summary>Gets a value indicating whether it can be stored.</summary>
    public bool IsDone => Training?.IsDone ?? true;

    /// <summary>Gives the block the weights it started with if training made its held-out loss no lower.</summary>
    public void KeepTheBetter()
    {
        if (_asStarted is null || !(Start!.HeldOutLoss <= Training!.Curve[^1].HeldOutLoss))
            return;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach ((Tensor weight, Tensor started) in Block.Parameters.Zip(_asStarted))
            weight.copy_(started);
        Start = Start with { IsKept = true };
    }

    public void Dispose()
    {
        Training?.Dispose();
        foreach (Tensor weight in _asStarted ?? [])
            weight.Dispose();
        Block.Dispose();
    }
}
