using Microsoft.Extensions.Options;
using Puzzle.Foundation;

namespace Puzzle.Search.Solving;

/// <summary>
/// The default: the exact solver where it applies, the mixed-integer solver where it does not or where the gap is still
/// open at the exact solver's share of the time. The result names the solver whose answer it is.
/// </summary>
public sealed class ArchitectureSolver : IArchitectureSolver
{
    private readonly ArchitectureSolverOptions _options;
    private readonly ExactArchitectureSolver _exact;
    private readonly TimeProvider _time;

    /// <summary>Creates the solver.</summary>
    /// <param name="options">Time limit and gap; the defaults when null.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public ArchitectureSolver(ArchitectureSolverOptions? options = null, TimeProvider? time = null)
    {
        _options = OptionsCheck.Valid(options);
        _time = time ?? TimeProvider.System;
        TimeSpan share = TimeSpan.FromTicks(Math.Max(1, (long)(_options.TimeLimit.Ticks * _options.ExactShare)));
        _exact = new ExactArchitectureSolver(new ExactSolverOptions { TimeLimit = share, RelativeGap = _options.RelativeGap }, _time);
    }

    /// <inheritdoc/>
    public string Settings => OptionsText.Of(this, _options);

    /// <inheritdoc/>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        long start = _time.GetTimestamp();
        SearchResult? exact = ExactArchitectureSolver.Takes(problem) ? _exact.Solve(problem, cancellationToken) : null;
        TimeSpan left = _options.TimeLimit - _time.GetElapsedTime(start);
        if (exact is not null && (IsEnough(exact) || left <= TimeSpan.Zero))
            return exact;

        var options = new MipSolverOptions
        {
            Backend = exact is null ? _options.General : _options.Fallback,
            TimeLimit = left,
            RelativeGap = _options.RelativeGap,
        };
        var mip = new MipArchitectureSolver(options, _time);
        SearchResult result = mip.Solve(problem, cancellationToken);
        return (exact is null ? result : AnswerComparison.Better(problem, exact, result)) with { Elapsed = _time.GetElapsedTime(start) };
    }

    private bool IsEnough(SearchResult result)
        => result.Status is SearchStatus.Optimal or SearchStatus.Infeasible
            || (result.Status == SearchStatus.Feasible && result.Gap <= _options.RelativeGap);
}
