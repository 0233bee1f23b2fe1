using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Sizing;

namespace Puzzle.Distillation.Blockwise;

/// <summary>Fits blockwise distillation into the memory that there is: fewer units side by side and parts of the text, which change no bit,
/// then fewer windows at once.</summary>
internal sealed class BlockwiseFit
{
    private readonly CausalLanguageModel _parent;
    private readonly BlockwiseDistillationOptions _options;
    private readonly BlockwiseMemory _memory;
    private readonly long _unitRoom;

    /// <param name="request">What is distilled.</param>
    /// <param name="options">How.</param>
    /// <param name="text">All of the text.</param>
    /// <param name="units">The units that are missing.</param>
    public BlockwiseFit(
        BlockwiseDistillationRequest request, BlockwiseDistillationOptions options, TextPass text, IEnumerable<BlockUnit> units)
    {
        (_parent, _options) = (request.Parent.Model, options);
        int length = request.Data.SequenceLength;
        _memory = MemoryOf(_parent, options, length);
        long batch = BatchBytes(length), all = (text.TrainingBatches + text.HeldOutBatches) * batch;
        long room = _parent.IsStreamed ? _parent.Budget.WorkBytes : MemoryBudget.RoomBeside(_parent);
        // Half for the text: with less, the parent would run again and again for its parts.
        long streams = _parent.IsStreamed
            ? _parent.Budget.ActivationBytes
            : Math.Min(all, Math.Min(options.MaxActivationBytes, room / 2));
        BatchesAtOnce = _parent.IsStreamed
            ? text.TrainingBatches
            // The first part holds what starts are fitted to.
            : (int)Math.Clamp(
                (streams / batch) - text.HeldOutBatches, Math.Min(options.CalibrationBatches, text.TrainingBatches), text.TrainingBatches);
        _unitRoom = room - streams;
        UnitHalves largest = Largest(_memory, _parent.Config, units, options.BatchSize);
        MicroBatch = new MicroBatch(
            "A step of a unit of blockwise distillation", options.BatchSize, windows => _memory.UnitBytes(largest, windows),
            _parent.IsStreamed ? _unitRoom : MemoryBudget.LimitBeside(_parent, streams));
    }

    /// <summary>Gets the windows that are computed at once.</summary>
    public MicroBatch MicroBatch { get; }

    /// <summary>Gets the batches whose streams are in memory at once, held-out ones not counted; a streamed parent's are spilled
    /// instead.</summary>
    public int BatchesAtOnce { get; }

    /// <summary>Gives the number of units of a layer to train side by side.</summary>
    public int Workers(IReadOnlyList<BlockUnit> units)
    {
        int wanted = TorchWorkers.On(_parent.Device, _options.Workers);
        if (units.Count == 0)
            return wanted;
        long each = _memory.UnitBytes(Largest(_memory, _parent.Config, units, MicroBatch.Size), MicroBatch.Size);
        return _parent.IsStreamed
            ? _parent.Budget.Workers(wanted, each, "training a variant")
            : (int)Math.Clamp(_unitRoom / Math.Max(1, each), 1, wanted);
    }

    /// <summary>Gives the closed forms for a parent.</summary>
    public static BlockwiseMemory MemoryOf(CausalLanguageModel parent, BlockwiseDistillationOptions options, int windowTokens) => new(
        parent.Config, windowTokens, options.BatchSize,
        (int)TensorTypes.ElementBytes(ComputePrecision.ForUnits(options.Precision, parent)));

    /// <summary>Gives what the unit trains that takes the most memory.</summary>
    public static UnitHalves Largest(BlockwiseMemory memory, ModelConfig model, IEnumerable<BlockUnit> units, int windows) =>
        units.Select(unit => HalvesOf(unit, model)).DefaultIfEmpty(new UnitHalves(model.Architecture[0], false, false, 0))
            .MaxBy(unit => memory.UnitBytes(unit, windows));

    /// <summary>Gives what a unit trains.</summary>
    public static UnitHalves HalvesOf(BlockUnit unit, ModelConfig model) =>
        new(unit.Block, unit.Attention is not null, unit.Ffn is not null, unit.TrainedParameters(model));

    private long BatchBytes(int windowTokens) => _memory.StreamBytes(
        (long)_options.BatchSize * windowTokens, (int)TensorTypes.ElementBytes(_options.ActivationTypeFor(_parent)));
}
