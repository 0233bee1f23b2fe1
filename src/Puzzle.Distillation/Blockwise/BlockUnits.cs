using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Sizing;
using Puzzle.Work;

namespace Puzzle.Distillation.Blockwise;

/// <summary>The units of a blockwise distillation, for work that several processes share.</summary>
public sealed class BlockUnits : IUnitRunner
{
    private const double Forward = 2, Backward = 4;

    private readonly BlockwiseDistillationRequest _request;
    private readonly BlockwiseDistillationOptions _options;
    private readonly Dictionary<string, BlockUnit> _units;

    /// <summary>Cuts a request into units.</summary>
    /// <param name="request">What is distilled; its library is used where units start from variants, and never written.</param>
    /// <param name="options">How; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The request's parts do not fit each other.</exception>
    public BlockUnits(BlockwiseDistillationRequest request, BlockwiseDistillationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        (_request, _options) = (request, OptionsCheck.Valid(options));
        var plan = new UnitPlan(request, _options);
        BlockUnit[] units = [.. Enumerable.Range(0, request.Parent.Model.Config.Layers).SelectMany(layer => plan.Of(layer))];
        _units = units.ToDictionary(IdOf, StringComparer.Ordinal);
        Units = [.. units.Select(ToWork)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<WorkUnit> Units { get; }

    /// <inheritdoc/>
    public Task RunAsync(
        IReadOnlyList<WorkUnit> units, IBlockLibrary library, IUnitGate gate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(gate);
        var wanted = units.Select(unit => unit.Id).ToHashSet(StringComparer.Ordinal);
        return new BlockwiseDistiller(_options).DistilUnitsAsync(
            _request with { Library = library }, new SharedUnits(unit => wanted.Contains(IdOf(unit)), gate), cancellationToken);
    }

    /// <inheritdoc/>
    public bool IsIn(WorkUnit unit, IBlockLibrary library)
    {
        ArgumentNullException.ThrowIfNull(unit);
        return _units.TryGetValue(unit.Id, out BlockUnit? known) && known.Find(library) is not null;
    }

    /// <summary>Gives what a library has of the units, and the parent's own variants.</summary>
    /// <param name="library">The library.</param>
    /// <exception cref="InvalidOperationException">A unit is missing.</exception>
    public IReadOnlyList<SubblockVariant> VariantsIn(IBlockLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        var variants = new List<SubblockVariant>();
        int missing = 0;
        foreach (BlockUnit unit in _units.Values)
        {
            if (unit.Find(library) is { } made)
                variants.AddRange(made);
            else
                missing++;
        }
        if (missing > 0)
            throw new InvalidOperationException(
                $"The library lacks {missing} of {_units.Count} units of blockwise distillation: work on its plan, merge, and try again.");
        CausalLanguageModel parent = _request.Parent.Model;
        return
        [
            .. from layer in Enumerable.Range(0, parent.Config.Layers)
               from kind in new[] { SubblockKind.Attention, SubblockKind.Ffn }
               select SubblockVariant.OfParent(parent, layer, kind),
            .. variants,
        ];
    }

    internal static string IdOf(BlockUnit unit) => WorkUnit.IdOf((unit.Attention ?? unit.Ffn)!, unit.Recipe.Fingerprint);

    private WorkUnit ToWork(BlockUnit unit)
    {
        ModelConfig model = _request.Parent.Model.Config;
        long attention = ParameterCounter.Attention(model, unit.Block.Attention), ffn = ParameterCounter.Ffn(model, unit.Block.Ffn);
        long beside = (unit.Attention is null ? attention : 0) + (unit.Ffn is null ? ffn : 0), own = unit.ActiveParameters(model);
        long tokens = (long)unit.Steps(_options) * _options.BatchSize * _request.Data.SequenceLength;
        // The half that is not trained is run, and the gradient goes through it where it comes later.
        double operations = unit.IsTrainable
            ? tokens * (((Forward + Backward) * own) + ((unit.Attention is null ? 1 : 2) * Forward * beside))
            : 0;
        return new WorkUnit(
            IdOf(unit), (unit.Attention ?? unit.Ffn)!.Layer, unit.ToString(), unit.Recipe.Fingerprint, operations,
            MemoryBytes(unit));
    }

    private long MemoryBytes(BlockUnit unit)
    {
        CausalLanguageModel parent = _request.Parent.Model;
        long windows = Math.Max((long)_options.Steps * _options.BatchSize, _options.CalibrationWindows) + _options.HeldOutWindows;
        long tokens = Math.Min(windows, _request.Data.Count) * _request.Data.SequenceLength;
        BlockwiseMemory memory = BlockwiseFit.MemoryOf(parent, _options, _request.Data.SequenceLength);
        long streams = memory.StreamBytes(tokens, (int)TensorTypes.ElementBytes(_options.ActivationTypeFor(parent)));
        return MemoryBudget.ProcessBytes(parent) + Math.Min(streams, _options.MaxActivationBytes)
            + memory.UnitBytes(BlockwiseFit.HalvesOf(unit, parent.Config), _options.BatchSize);
    }
}
