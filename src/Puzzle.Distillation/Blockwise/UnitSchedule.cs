using Puzzle.Distillation.Training;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// How long a unit trains and with which learning rates: a cosine over all steps, or, if it may stop when its loss is flat,
/// warmup, the peak, and a cosine down whose beginning is brought forward.
/// </summary>
internal sealed class UnitSchedule
{
    private const double FinalShare = 0.05;

    private readonly BlockwiseDistillationOptions _options;
    private readonly int _warmup;
    private readonly int _decaySteps;
    private int _decayStart;
    private double _best = double.PositiveInfinity;
    private int _stale;

    /// <param name="options">Learning rate, warmup, and whether training stops early.</param>
    /// <param name="most">The steps at most; the options' if null.</param>
    public UnitSchedule(BlockwiseDistillationOptions options, int? most = null)
    {
        int steps = most ?? options.Steps;
        _options = options;
        _warmup = (int)(steps * options.WarmupShare);
        _decayStart = _warmup;
        if (options.StopWhenFlat)
            _decayStart = Math.Clamp(steps - (int)Math.Ceiling(steps * options.DecayShare), _warmup, steps);
        _decaySteps = steps - _decayStart;
    }

    /// <summary>Gets the steps in all, as far as is known.</summary>
    public int End => _decayStart + _decaySteps;

    /// <summary>Gives the learning rate of a step.</summary>
    public double At(int step) => step >= _decayStart
        ? new LearningRateSchedule(_options.LearningRate, 0, _decaySteps, FinalShare).At(step - _decayStart)
        : new LearningRateSchedule(_options.LearningRate, _warmup, _warmup, FinalShare: 1).At(step);

    /// <summary>Says whether the held-out loss is wanted after a step, to decide how to go on.</summary>
    public bool IsCheck(int step) => _options.StopWhenFlat && step + 1 < _decayStart && (step + 1) % _options.CheckEvery == 0;

    /// <summary>Takes the held-out loss after a step; if it is flat, the learning rate comes down from the next step on.</summary>
    public void Check(int step, double heldOutLoss)
    {
        if (heldOutLoss < _best * (1 - _options.FlatTolerance))
            (_best, _stale) = (heldOutLoss, 0);
        else if (++_stale >= _options.Patience)
            _decayStart = step + 1;
    }
}
