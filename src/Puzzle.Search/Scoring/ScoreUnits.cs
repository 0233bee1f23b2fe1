using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Work;

namespace Puzzle.Search.Scoring;

/// <summary>The scores of <see cref="ReplaceOneBlockScorer"/> as units, for work that several processes share.</summary>
public sealed class ScoreUnits : IUnitRunner
{
    private const double Forward = 2;

    private readonly ScoringRequest _request;
    private readonly ScoringOptions _options;
    private readonly ExactScores _exact;
    private readonly Dictionary<string, BlockVariant> _blocks;

    /// <summary>Cuts a request into units.</summary>
    /// <param name="request">What is scored; its library holds the candidates' weights, and is never written.</param>
    /// <param name="options">How; read once; the defaults if null. The mode has to be <see cref="ScoringMode.Composed"/>.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The mode is additive, or the request's parts do not fit each other.</exception>
    public ScoreUnits(ScoringRequest request, ScoringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        (_request, _options) = (request, OptionsCheck.Valid(options));
        if (_options.Mode != ScoringMode.Composed)
            throw new ArgumentException($"Work that is shared scores composed blocks; the mode is {_options.Mode}.", nameof(options));
        _exact = new ExactScores(request, _options);
        BlockVariant[] blocks = [.. request.Candidates.DistinctBy(block => block.Id).OrderBy(block => block.Layer)];
        _blocks = blocks.ToDictionary(IdOf, StringComparer.Ordinal);
        Units = [.. blocks.Select(ToWork)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<WorkUnit> Units { get; }

    /// <inheritdoc/>
    public async Task RunAsync(
        IReadOnlyList<WorkUnit> units, IBlockLibrary library, IUnitGate gate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(gate);
        BlockVariant[] blocks = [.. units.Select(unit => _blocks[unit.Id])];
        var shared = new ExactScores(_request with { Library = library, Candidates = blocks }, _options)
        {
            Shared = new SharedCandidates(gate, IdOf),
        };
        await foreach (BlockScore _
            in shared.ScoreAsync(blocks, shared.Windows, cancellationToken: cancellationToken).ConfigureAwait(false))
            cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public bool IsIn(WorkUnit unit, IBlockLibrary library)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(library);
        return _blocks.TryGetValue(unit.Id, out BlockVariant? block)
            && _exact.IsComplete(library.FindScore(block.Id, RecipeOf(block)));
    }

    private string RecipeOf(BlockVariant block) => _exact.RecipeOf(block.Layer, _exact.Windows).Fingerprint;

    private string IdOf(BlockVariant block) => WorkUnit.IdOf(block, RecipeOf(block));

    // A candidate is run from its layer on.
    private WorkUnit ToWork(BlockVariant block)
    {
        ModelConfig model = _request.Parent.Config;
        long tokens = (long)_exact.Windows * _request.Data.SequenceLength;
        long weights = ParameterCounter.Block(model, block.Config)
            + model.Architecture.Skip(block.Layer + 1).Sum(later => ParameterCounter.Block(model, later))
            + ((long)model.HiddenSize * model.VocabularySize);
        return new WorkUnit(
            IdOf(block), block.Layer, $"layer {block.Layer} block {block.Config.Name}", RecipeOf(block), Forward * tokens * weights,
            MemoryBudget.ProcessBytes(_request.Parent) + LayerSweep.MemoryOf(_request.Parent, _request.Data.SequenceLength)
                .Plan(Math.Min(_options.BatchSize, _exact.Windows), _exact.Windows, 1, _options.MaxParentLogProbabilityBytes).TotalBytes);
    }
}
