using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Foundation;
using Puzzle.Pipeline;
using Puzzle.Search.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Planning;

/// <summary>Counts what a run of a parent that is not there takes, in processes of one worker that hold it in 32-bit floats.</summary>
internal sealed class ConfigEstimate
{
    private readonly ModelConfig _model;
    private readonly SearchSpace _space;
    private readonly int _sequenceLength;
    private readonly BlockwiseDistillationOptions _blockwise;
    private readonly GlobalDistillationOptions _global;
    private readonly ScoringOptions _scoring;

    public ConfigEstimate(
        ModelConfig model, SearchSpace space, int sequenceLength, BlockwiseDistillationOptions blockwise, GlobalDistillationOptions global,
        ScoringOptions scoring)
    {
        (_model, _space, _sequenceLength) = (model, space, sequenceLength);
        (_blockwise, _global, _scoring) = (OptionsCheck.Copy(blockwise), OptionsCheck.Copy(global), OptionsCheck.Copy(scoring));
        _blockwise.Workers = _global.Workers = _scoring.Workers = 1;
    }

    public IReadOnlyList<PlannedStage> Stages(double operationsPerSecond)
    {
        UnitPlan plan = UnitPlan.ToCount(_space, _blockwise);
        var work = new RunWork(
            _model, plan, int.MaxValue, int.MaxValue, _sequenceLength, _blockwise, _global, _scoring);
        long weights = ParameterCounter.Total(_model) * sizeof(float);
        (long trained, long initialized, long tokens, double operations, long stored) = work.Craft(..);
        (long blocks, long scored, double scoring) = work.Score(_space);
        (long steps, long seen, double healing) = work.Uptrain();
        double whole = healing + work.Fit();
        var memory = new RunMemory(_model, _sequenceLength, ScalarType.Float32, ScalarType.Float32, ScalarType.Float32);
        return
        [
            new(
                PuzzleStage.Craft, trained + initialized, "variants", tokens, operations, stored * sizeof(float),
                memory.Craft(Enumerable.Range(0, _model.Layers).SelectMany(layer => plan.Of(layer)), _blockwise, int.MaxValue),
                Time(operations)),
            new(PuzzleStage.Score, blocks, "blocks", scored, scoring, 0, memory.Score(_scoring, int.MaxValue), Time(scoring)),
            new(PuzzleStage.Uptrain, steps, "steps", seen, whole, 4 * weights, memory.Uptrain(_global), Time(whole)),
        ];

        TimeSpan Time(double amount) => TimeSpan.FromSeconds(amount / operationsPerSecond);
    }
}
