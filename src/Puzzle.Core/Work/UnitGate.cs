using System.Collections.Concurrent;
using Puzzle.Foundation;

namespace Puzzle.Work;

/// <summary>Takes units for one worker.</summary>
/// <param name="folder">The plan's folder.</param>
/// <param name="worker">The worker's name.</param>
/// <param name="isStored">Says whether a dead worker's library has a unit it had taken.</param>
/// <param name="progress">Told of units as they are done or fail.</param>
/// <param name="time">Says how long units take.</param>
internal sealed class UnitGate(
    WorkFolder folder, string worker, Func<WorkUnit, string, bool> isStored, IProgress<UnitOutcome>? progress, TimeProvider time)
    : IUnitGate, IDisposable
{
    private readonly Dictionary<string, WorkUnit> _units = folder.Plan.Units.ToDictionary(unit => unit.Id, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Claim, long Begun)> _taken = new(StringComparer.Ordinal);

    public bool TryBegin(string unit)
    {
        UnitFolder files = folder.Of(unit);
        UnitNotes notes = UnitNotes.Of(files);
        if (notes.IsDone && files.FindDone() is not null)
            return false;
        if (notes.IsTaken && !MayTakeOver(unit, files, notes))
            return false;
        if (notes.IfDead.IsSetAside(folder.Options))
        {
            Report(unit);
            return false;
        }
        int claim = notes.Claim + 1;
        if (!files.TryClaim(claim, worker))
            return false;
        _taken[unit] = (claim, time.GetTimestamp());
        return true;
    }

    public void Complete(string unit)
    {
        double seconds = _taken.TryGetValue(unit, out (int Claim, long Begun) taken) ? time.GetElapsedTime(taken.Begun).TotalSeconds : 0;
        folder.Of(unit).MarkDone(worker, seconds);
        _taken.TryRemove(unit, out _);
        Report(unit);
    }

    public bool Fail(string unit, Exception cause)
    {
        // Of the disk, of the caller's wish: not of this unit.
        if (cause is OperationCanceledException or (IOException and not CheckpointFormatException) or UnauthorizedAccessException)
            return false;
        folder.Of(unit).AddFailure(worker, cause);
        GiveBack(unit);
        Report(unit);
        return true;
    }

    /// <summary>Gives everything back that is not done.</summary>
    public void Dispose()
    {
        foreach (string unit in _taken.Keys)
            GiveBack(unit);
    }

    private void GiveBack(string unit)
    {
        if (_taken.TryRemove(unit, out (int Claim, long Begun) taken))
            folder.Of(unit).GiveBack(taken.Claim);
    }

    private bool MayTakeOver(string unit, UnitFolder files, UnitNotes notes)
    {
        string other = files.WorkerOf(notes.Claim);
        if (folder.Workers.IsAlive(other, files.ClaimPath(notes.Claim)))
            return false;
        if (other.Length == 0 || !isStored(_units[unit], other))
            return true;
        // It died between storing the unit and saying so.
        files.MarkDone(other, 0);
        Report(unit);
        return false;
    }

    private void Report(string unit) => progress?.Report(folder.Outcome(_units[unit]));
}
