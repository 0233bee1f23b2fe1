namespace Puzzle.Search.Solving.Exact;

/// <summary>Runs label searches at rising thresholds, each of which either finds the best choice or raises the proven bound.</summary>
internal sealed class GapDeepening
{
    private const double FirstShare = 1.5e-3;
    private const double Growth = 1.8;
    private readonly ReducedModel _model;
    private readonly FixedPointModel _fixed;
    private readonly LabelSearch _labels;
    private readonly double[] _multipliers;
    private readonly SearchLimits _limits;
    private readonly List<int> _rows;
    private int[]? _choice;
    private double _incumbent;
    private double _bound;

    public GapDeepening(ReducedModel model, ChoiceModel source, LagrangianBound bound, int[]? start, double incumbent, SearchLimits limits)
    {
        _model = model;
        _fixed = new FixedPointModel(model, source);
        _multipliers = bound.Multipliers;
        _labels = new LabelSearch(model, _fixed, _multipliers);
        _choice = start;
        _incumbent = incumbent;
        _bound = bound.Value;
        _limits = limits;
        _rows = [.. Enumerable.Range(0, model.Rows).Where(row => _multipliers[row] > 0)];
    }

    public ExactOutcome Solve()
    {
        double most = Most();
        double gap = Math.Min(0.2 * (_incumbent - _bound), FirstShare * Math.Abs(_bound));
        gap = Math.Max(gap, 1e-6 * (most - _bound));
        double root = _bound;
        while (true)
        {
            if (IsCloseEnough() || _limits.IsOver())
                return Unproven();
            double threshold = Math.Min(root + gap, _incumbent);
            if (!(threshold < most))
                threshold = double.PositiveInfinity;
            (int[]? choice, long score, bool isComplete) = Run(threshold);
            if (!isComplete)
                return Unproven();
            if (choice is not null && _fixed.ScoreOf(score) <= threshold + _labels.Slop)
                return Proven(choice);
            if (choice is not null)
                Improve(choice, score);
            if (double.IsPositiveInfinity(threshold) || threshold >= _incumbent)
                return _choice is null ? new ExactOutcome(SearchStatus.Infeasible, null, double.NaN, []) : Proven(null);
            _bound = Math.Max(_bound, threshold);
            gap *= Growth;
        }
    }

    /// <summary>Searches with the rows known to matter; a choice that breaks another row brings that row in.</summary>
    private (int[]? Choice, long Score, bool IsComplete) Run(double threshold)
    {
        while (true)
        {
            var result = _labels.Run(threshold, [.. _rows], _limits.Labels, _limits.CancellationToken);
            if (result.Choice is null)
                return result;
            int before = _rows.Count;
            for (int row = 0; row < _model.Rows; row++)
            {
                if (!_rows.Contains(row) && result.Choice.Sum(item => _fixed.Costs[row][item]) > _fixed.Limits[row])
                    _rows.Add(row);
            }
            if (_rows.Count == before)
                return result;
            _rows.Sort();
        }
    }

    private void Improve(int[] choice, long score)
    {
        if (_fixed.ScoreOf(score) >= _incumbent)
            return;
        _incumbent = _fixed.ScoreOf(score);
        _choice = [.. choice.Select(item => _model.Source[item])];
    }

    private bool IsCloseEnough()
        => _choice is not null && _limits.RelativeGap > 0 && _incumbent - _bound <= _limits.RelativeGap * Math.Abs(_incumbent);

    private ExactOutcome Proven(int[]? choice)
    {
        int[] items = choice is null ? _choice! : [.. choice.Select(item => _model.Source[item])];
        return new ExactOutcome(SearchStatus.Optimal, items, _incumbent, []);
    }

    private ExactOutcome Unproven()
        => new(_choice is null ? SearchStatus.Unsolved : SearchStatus.Feasible, _choice, _bound, []);

    private double Most()
    {
        double most = 0;
        for (int group = 0; group < _model.Groups; group++)
        {
            double largest = double.NegativeInfinity;
            for (int item = _model.Start[group]; item < _model.Start[group + 1]; item++)
                largest = Math.Max(largest, _model.Scores[item]);
            most += largest;
        }
        return most;
    }
}
