using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Pipeline;
using Puzzle.Search.Scoring;

namespace Puzzle.Planning;

/// <summary>Counts what a run does: units, tokens and operations. A pass over a weight takes two operations a token, a backward pass
/// four.</summary>
internal sealed class RunWork(
    ModelConfig model, UnitPlan plan, int trainingWindows, int scoringWindows, int sequenceLength, BlockwiseDistillationOptions blockwise,
    GlobalDistillationOptions global, ScoringOptions scoring)
{
    private const double Forward = 2, Backward = 4;

    /// <summary>Gets the units of blockwise distillation that are trained, and those that are only initialized.</summary>
    public (long Trained, long Initialized, long Tokens, double Operations, long StoredWeights) Craft(Range layers)
    {
        (int first, int count) = layers.GetOffsetAndLength(model.Layers);
        long trained = 0, initialized = 0, tokens = 0, stored = 0;
        double operations = 0;
        foreach (BlockUnit unit in Enumerable.Range(first, count).SelectMany(layer => plan.Of(layer)))
        {
            long attention = ParameterCounter.Attention(model, unit.Block.Attention), ffn = ParameterCounter.Ffn(model, unit.Block.Ffn);
            stored += unit.StoredParameters(model);
            if (!unit.IsTrainable || blockwise.Steps == 0)
            {
                initialized++;
                continue;
            }
            trained++;
            long goesOver = (long)unit.Steps(blockwise) * blockwise.BatchSize * sequenceLength;
            tokens += goesOver;
            // The half that is not trained is run, and the gradient goes through it where it comes later.
            long beside = (unit.Attention is null ? attention : 0) + (unit.Ffn is null ? ffn : 0), own = unit.ActiveParameters(model);
            operations += goesOver * (((Forward + Backward) * own) + ((unit.Attention is null ? Forward : Forward * 2) * beside));
        }
        return (trained, initialized, tokens, operations, stored);
    }

    /// <summary>Gets the blocks that are scored, and the operations: a candidate is run from its layer on.</summary>
    public (long Blocks, long Tokens, double Operations) Score(SearchSpace space)
    {
        long windows = Math.Min(scoring.MaxWindows, scoringWindows), tokens = windows * sequenceLength, blocks = 0;
        long head = (long)model.HiddenSize * model.VocabularySize;
        double operations = Forward * tokens * (model.Architecture.Sum(block => ParameterCounter.Block(model, block)) + head);
        for (int layer = 0; layer < space.Layers; layer++)
        {
            long rest = model.Architecture.Skip(layer + 1).Sum(block => ParameterCounter.Block(model, block)) + head;
            foreach (BlockConfig block in space.Blocks(layer))
            {
                blocks++;
                operations += Forward * tokens * (rest + ParameterCounter.Block(model, block));
            }
        }
        return (blocks, tokens * blocks, operations);
    }

    /// <summary>Gets the operations of global distillation, for a child as large as the parent.</summary>
    public (long Steps, long Tokens, double Operations) Uptrain()
    {
        long tokens = (long)global.Steps * global.BatchSize * sequenceLength;
        return (global.Steps, tokens, (Forward + Backward + Forward) * tokens * ParameterCounter.Total(model));
    }

    /// <summary>Gets the operations of the fit in sequence: passes of parent and child, and the second moments of what each output matrix
    /// reads.</summary>
    public double Fit()
    {
        double tokens = (double)Math.Min(global.FitWindows, trainingWindows) * sequenceLength;
        double moments = model.Architecture.Sum(block => SquareOf(model.AttentionHeads * model.HeadSize)
            + (block.Ffn is GatedFfnConfig gated ? SquareOf(gated.IntermediateSize) : 0));
        return tokens * ((2 * Forward * ParameterCounter.Total(model)) + (Forward * moments));

        static double SquareOf(int size) => (double)size * size;
    }

    /// <summary>Gets how finalists are tried: the steps of all of them together, and the evaluations, of which the first round and half as
    /// many again for each later one.</summary>
    public (long Steps, long Evaluations) Try(PuzzleOptions options)
    {
        if (options.Finalists == 1)
            return (0, 0);
        long evaluations = options.Finalists;
        for (int left = (options.Finalists + 1) / 2; left > 1 && options.FinalistShare > 0; left = (left + 1) / 2)
            evaluations += left;
        return ((long)(options.FinalistShare * global.Steps), evaluations);
    }

    /// <summary>Gets the operations of evaluations: each model beside the parent.</summary>
    public (long Models, long Tokens, double Operations) Evaluate(int models, int windows)
    {
        long tokens = (long)models * windows * sequenceLength;
        return (models, tokens, 2 * Forward * tokens * ParameterCounter.Total(model));
    }
}
