namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Runs label searches at rising thresholds, each of which either finds the best choice or raises the proven bound. A run that would need
/// too many labels is not complete: its choice counts as an incumbent, and the phases that follow try harder, each in its own way.
/// </summary>
internal sealed class GapDeepening
{
    private readonly ReducedModel _model;
    private readonly SearchLimits _limits;
    private readonly Incumbent _incumbent;
    private readonly RowSearch _rows;
    private readonly BranchAndBound _branches;
    private readonly ChoiceImprovement _improvement;
    private readonly double _most; // what the worst choice scores
    private readonly double _tolerance;
    private double _root; // what gaps are measured from
    private double _bound;
    private double _gap;
    private int _width;
    private bool _allowedAll; // whether the last run had no threshold
    private bool _isProven;

    private GapDeepening(
        ReducedModel model,
        SearchLimits limits,
        Incumbent incumbent,
        RowSearch rows,
        ChoiceImprovement improvement,
        double root,
        double tolerance)
    {
        _model = model;
        _limits = limits;
        _incumbent = incumbent;
        _rows = rows;
        _improvement = improvement;
        _branches = new BranchAndBound(model, incumbent, tolerance);
        _most = GroupValues.TotalOf(GroupValues.Largest(model.Start, model.Scores));
        _tolerance = tolerance;
        _bound = _root = root;
        _width = Math.Min(limits.Tuning.FirstWidth, limits.Width);
        _gap = FirstGap(limits.Tuning.FirstGapToIncumbent);
    }

    /// <summary>Prepares a search.</summary>
    /// <param name="model">The model, without the items that its relaxation excludes.</param>
    /// <param name="source">The full model.</param>
    /// <param name="relaxation">The relaxation.</param>
    /// <param name="start">A choice that meets every row; null for none.</param>
    /// <param name="limits">When to stop.</param>
    public static GapDeepening Create(
        ReducedModel model, ChoiceModel source, LinearRelaxation relaxation, int[]? start, SearchLimits limits)
    {
        FixedPointModel fixedPoint = FixedPointModel.Build(model, source);
        double tolerance = ExactTolerances.OfBounds(model, relaxation.Multipliers);
        var incumbent = new Incumbent(fixedPoint);
        if (start is not null)
            incumbent.Offer(start);
        var labels = new LabelSearch(model, fixedPoint, relaxation.Multipliers, tolerance);
        var completions = new CompletionSearch(model, fixedPoint, source, relaxation.Multipliers);
        return new GapDeepening(
            model,
            limits,
            incumbent,
            new RowSearch(model, fixedPoint, labels, completions, relaxation.Multipliers),
            new ChoiceImprovement(model, relaxation.Priced, limits),
            relaxation.Value,
            tolerance);
    }

    /// <summary>Searches; the items and the bound of the outcome are the reduced model's.</summary>
    public SearchOutcome Solve()
    {
        ExactPhase phase = ExactPhase.Labels;
        while (phase != ExactPhase.Ended)
        {
            phase = phase switch
            {
                ExactPhase.Labels => SearchLabels(ExactPhase.Labels, ifTooMany: ExactPhase.Strengthening),
                ExactPhase.Strengthening => Strengthen(),
                ExactPhase.HardLabels => SearchLabels(ExactPhase.HardLabels, ifTooMany: ExactPhase.Widening),
                ExactPhase.Widening => Widen(),
                _ => Branch(long.MaxValue, ifNotSettled: ExactPhase.Ended),
            };
        }
        return SearchOutcome.Below(_incumbent.Choice, _isProven, _isProven ? _incumbent.Value : Math.Min(_bound, _incumbent.Value));
    }

    private ExactPhase SearchLabels(ExactPhase phase, ExactPhase ifTooMany)
    {
        if (IsCloseEnough(_bound))
            return ExactPhase.Ended;
        (SearchOutcome run, double threshold) = RunBelowThreshold(isHard: phase == ExactPhase.HardLabels);
        if (!run.IsComplete)
            return _limits.IsOver() ? ExactPhase.Ended : ifTooMany;

        // Below the threshold the run's choice is the best; without one the incumbent is, if the threshold reaches it.
        bool isFound = run.Items is not null && _incumbent.Value <= threshold + _tolerance;
        if (isFound || _allowedAll || threshold >= _incumbent.Value)
            return Proven();

        // The root may lie above the incumbent by rounding: a gap is never less than that.
        _gap = Math.Max(_gap * _limits.Tuning.GapGrowth, Math.Max(_tolerance, double.Epsilon));
        return phase;
    }

    /// <summary>Searches labels below the next threshold and takes over what is found; gives the threshold too.</summary>
    private (SearchOutcome Run, double Threshold) RunBelowThreshold(bool isHard)
    {
        double threshold = Math.Min(_root + _gap, _incumbent.Value);
        _allowedAll = !(threshold < _most);
        if (_allowedAll)
            threshold = double.PositiveInfinity;
        SearchOutcome run = _rows.Run(threshold, _width, _limits);
        _bound = Math.Max(_bound, run.Bound);
        if (run.Items is not null && _incumbent.Offer(run.Items) && isHard && !run.IsComplete)
            _incumbent.Offer(_improvement.Improve(_incumbent.Choice!, rounds: 0));
        return (run, threshold);
    }

    /// <summary>Spends more on the incumbent and the bound of a hard problem before it is searched further.</summary>
    private ExactPhase Strengthen()
    {
        if (_incumbent.Choice is { } choice)
            _incumbent.Offer(_improvement.Improve(choice, _limits.Tuning.ImprovementRounds));
        if (_rows.HasCounters)
        {
            if (_incumbent.Choice is not null)
                _bound = _root = Math.Min(Math.Max(_bound, _rows.Tune(_incumbent.Value, _limits)), _incumbent.Value);
        }
        else if (Branch(_limits.Tuning.FirstNodes, ifNotSettled: ExactPhase.HardLabels) == ExactPhase.Ended)
        {
            return ExactPhase.Ended;
        }
        _gap = FirstGap(_limits.Tuning.HardGapToIncumbent);
        return ExactPhase.HardLabels;
    }

    private ExactPhase Widen()
    {
        if (_allowedAll && _gap > _incumbent.Value - _root)
        {
            _gap = _incumbent.Value - _root;
            return ExactPhase.HardLabels;
        }
        if (_width == _limits.Width)
            return ExactPhase.Branching;
        _width = (int)Math.Min((long)_limits.Tuning.WidthGrowth * _width, _limits.Width);
        return ExactPhase.HardLabels;
    }

    private ExactPhase Branch(long nodes, ExactPhase ifNotSettled)
    {
        bool isSettled = _branches.Run(nodes, _limits, IsCloseEnough);
        _bound = Math.Max(_bound, _branches.Bound);
        return isSettled ? Proven() : ifNotSettled;
    }

    private ExactPhase Proven()
    {
        _isProven = true;
        return ExactPhase.Ended;
    }

    private double FirstGap(double shareToIncumbent)
    {
        double share = shareToIncumbent * (_incumbent.Value - _root);
        double least = Math.Max(_limits.Tuning.LeastGap * (_most - _root), Math.Max(_tolerance, double.Epsilon));
        return Math.Max(Math.Min(share, _limits.Tuning.FirstGap * Math.Abs(_root)), least);
    }

    /// <summary>The gap asked for is relative to the score that is reported.</summary>
    private bool IsCloseEnough(double bound)
        => _limits.RelativeGap > 0 && _incumbent.Choice is not null
            && _incumbent.Value - bound <= _limits.RelativeGap * Math.Abs(_model.ToSource(_incumbent.Value)) * _model.ScoreScale;
}
