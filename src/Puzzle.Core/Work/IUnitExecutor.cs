namespace Puzzle.Work;

/// <summary>Carries a plan out: in this process, or by an engine that runs many.</summary>
public interface IUnitExecutor
{
    /// <summary>Does what is missing of a plan. Done again, it does nothing.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="progress">Told of units as they are done or fail.</param>
    /// <param name="cancellationToken">Stops soon; units under way are given back, and what is done stays.</param>
    /// <returns>Every unit that was asked for, and how it stands.</returns>
    /// <exception cref="InvalidOperationException">The plan was made for other inputs than these.</exception>
    Task<IReadOnlyList<UnitOutcome>> ExecuteAsync(
        WorkPlan plan, IProgress<UnitOutcome>? progress = null, CancellationToken cancellationToken = default);
}
