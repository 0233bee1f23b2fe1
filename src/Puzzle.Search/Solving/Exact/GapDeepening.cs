namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Runs label searches at rising thresholds, each of which either finds the best choice or raises the proven bound. A run
/// that would need too many labels is not complete: its choice counts as an incumbent, and wider runs follow, then branch and bound.
/// </summary>
internal sealed class GapDeepening
{
    private const double FirstShare = 0.6e-3;
    private const double StartShare = 0.25;
    private const double HardStartShare = 0.1;
    private const double Growth = 1.5;
    private const int FirstWidth = 10_000;
    private const int Rounds = 300;
    private const long FirstNodes = 5_000;
    private readonly ReducedModel _model;
    private readonly FixedPointModel _fixed;
    private readonly LabelSearch _labels;
    private readonly CompletionSearch _completions;
    private readonly double[] _multipliers;
    private readonly SearchLimits _limits;
    private readonly List<int> _rows;
    private double _root;
    private BranchAndBound? _branches;
    private ChoiceImprovement? _improvement; // once the problem has turned out to be hard
    private int[]? _choice;
    private double _incumbent;
    private double _bound;
    private bool _isProven;

    public GapDeepening(ReducedModel model, ChoiceModel source, LagrangianBound bound, int[]? start, double incumbent, SearchLimits limits)
    {
        _model = model;
        _fixed = new FixedPointModel(model, source);
        _labels = new LabelSearch(model, _fixed, bound.Multipliers);
        _completions = new CompletionSearch(model, _fixed, source, bound.Multipliers);
        _multipliers = bound.Multipliers;
        _choice = start;
        _incumbent = incumbent;
        _bound = _root = bound.Value;
        _limits = limits;
        _rows = [.. Enumerable.Range(0, model.Rows).Where(row => bound.Multipliers[row] > 0)];
    }

    public ExactOutcome Solve()
    {
        double most = Most();
        double gap = FirstGap(most);
        int width = Math.Min(FirstWidth, _limits.Width);
        while (!IsCloseEnough())
        {
            double threshold = Math.Min(_root + gap, _incumbent);
            if (!(threshold < most))
                threshold = double.PositiveInfinity;
            LabelRun run = Run(threshold, width);
            _bound = Math.Max(_bound, run.Bound);
            if (run.Choice is not null && Improve(run.Choice, run.Score) && !run.IsComplete)
                ImproveFurther(rounds: 0);
            if (run.IsComplete)
            {
                if (run.Choice is not null && _fixed.ScoreOf(run.Score) <= threshold + _labels.Slop)
                    return Proven(run.Choice);
                if (double.IsPositiveInfinity(threshold) || threshold >= _incumbent)
                    return _choice is null ? new ExactOutcome(SearchStatus.Infeasible, null, double.NaN, []) : Proven(null);
                gap = Math.Max(gap * Growth, Math.Max(_labels.Slop, 1e-300)); // the root may lie above the incumbent by rounding
            }
            else if (_limits.IsOver())
            {
                break;
            }
            else if (_improvement is null)
            {
                StrengthenBoth();
                if (!HasCounters && Branch(FirstNodes))
                    break;
                gap = FirstGap(most);
            }
            else if (_incumbent < threshold && gap > _incumbent - _root) // once: no choice at all may lie above the incumbent
            {
                gap = _incumbent - _root;
            }
            else if (width < _limits.Width)
            {
                width = (int)Math.Min(4L * width, _limits.Width);
            }
            else
            {
                Branch(long.MaxValue);
                break;
            }
        }
        if (_isProven)
            return _choice is null ? new ExactOutcome(SearchStatus.Infeasible, null, double.NaN, []) : Proven(null);
        return new ExactOutcome(_choice is null ? SearchStatus.Unsolved : SearchStatus.Feasible, _choice, _bound, []);
    }

    private bool HasCounters => _rows.Any(row => _model.IsCounter[row]);

    private double FirstGap(double most)
    {
        double share = (_improvement is null ? StartShare : HardStartShare) * (_incumbent - _root);
        double least = Math.Max(1e-6 * (most - _root), Math.Max(_labels.Slop, 1e-300));
        return Math.Max(Math.Min(share, FirstShare * Math.Abs(_root)), least);
    }

    /// <summary>Spends more on the incumbent and the bound of a hard problem before it is searched further.</summary>
    private void StrengthenBoth()
    {
        _improvement = new ChoiceImprovement(_model, _multipliers);
        ImproveFurther(Rounds);
        if (!HasCounters || double.IsPositiveInfinity(_incumbent))
            return;
        double tuned = _completions.Tune([.. _rows.Where(row => !_model.IsCounter[row])], _incumbent, _limits);
        _bound = _root = Math.Min(Math.Max(_bound, tuned), _incumbent);
        _rows.AddRange(Enumerable.Range(0, _model.Rows).Where(row => _completions.IsCharged(row) && !_rows.Contains(row)).ToArray());
        _rows.Sort();
    }

    /// <summary>Searches by branch and bound; true when that settles the problem.</summary>
    private bool Branch(long nodes)
    {
        _branches ??= new BranchAndBound(_model, _fixed, _labels.Slop);
        if (_choice is not null)
            _branches.Offer(Items(_choice));
        _isProven = _branches.Run(nodes, _limits);
        _bound = Math.Max(_bound, _branches.Bound);
        if (_branches.Choice is { } best)
        {
            _choice = [.. best.Select(item => _model.Source[item])];
            _incumbent = _fixed.ScoreOf(best.Sum(item => _fixed.Scores[item]));
        }
        return _isProven;
    }

    private int[] Items(int[] sources) => [.. sources.Select(source => Array.BinarySearch(_model.Source, source))];

    private void ImproveFurther(int rounds)
    {
        if (_choice is null || _improvement is null)
            return;
        int[] better = _improvement.Improve(Items(_choice), rounds, _limits);
        Improve(better, better.Sum(item => _fixed.Scores[item]));
    }

    /// <summary>Searches with the rows known to matter; a choice that breaks another row brings that row in.</summary>
    private LabelRun Run(double threshold, int width)
    {
        while (true)
        {
            int[] rows = [.. _rows];
            LabelRun run = rows.Any(row => _model.IsCounter[row])
                ? _completions.Run(threshold, rows, width, _limits)
                : _labels.Run(threshold, rows, width, _limits).Run;
            if (run.Choice is null)
                return run;
            for (int row = 0; row < _model.Rows; row++)
            {
                if (!_rows.Contains(row) && run.Choice.Sum(item => _fixed.Costs[row][item]) > _fixed.Limits[row])
                    _rows.Add(row);
            }
            if (_rows.Count == rows.Length)
                return run;
            _rows.Sort();
        }
    }

    private bool Improve(int[] choice, long score)
    {
        if (_fixed.ScoreOf(score) >= _incumbent)
            return false;
        _incumbent = _fixed.ScoreOf(score);
        _choice = [.. choice.Select(item => _model.Source[item])];
        return true;
    }

    private bool IsCloseEnough()
        => _choice is not null && _limits.RelativeGap > 0 && _incumbent - _bound <= _limits.RelativeGap * Math.Abs(_incumbent);

    private ExactOutcome Proven(int[]? choice)
    {
        int[] items = choice is null ? _choice! : [.. choice.Select(item => _model.Source[item])];
        return new ExactOutcome(SearchStatus.Optimal, items, double.NaN, []);
    }

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
