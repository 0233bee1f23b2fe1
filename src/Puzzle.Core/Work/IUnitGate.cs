namespace Puzzle.Work;

/// <summary>Whom the work on units asks before each, and tells after it, so that no two processes do the same. Safe for concurrent
/// use.</summary>
public interface IUnitGate
{
    /// <summary>Asks whether to begin a unit.</summary>
    /// <param name="unit">Its id.</param>
    /// <returns>False if it is done, set aside, or with another worker.</returns>
    bool TryBegin(string unit);

    /// <summary>Tells that a unit's result is stored.</summary>
    /// <param name="unit">Its id.</param>
    void Complete(string unit);

    /// <summary>Tells that a unit failed.</summary>
    /// <param name="unit">Its id.</param>
    /// <param name="cause">Why.</param>
    /// <returns>True to go on with other units; false if the cause concerns them all.</returns>
    bool Fail(string unit, Exception cause);
}
