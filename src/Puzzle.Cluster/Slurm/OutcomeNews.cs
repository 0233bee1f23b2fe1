using Puzzle.Work;

namespace Puzzle.Cluster.Slurm;

/// <summary>Tells of units that were done, failed or set aside since it told last.</summary>
internal sealed class OutcomeNews
{
    private readonly WorkFolder _folder;
    private readonly IProgress<UnitOutcome>? _progress;
    private readonly Dictionary<string, (UnitStatus Status, int Failures)> _told;

    public OutcomeNews(WorkFolder folder, IProgress<UnitOutcome>? progress)
    {
        (_folder, _progress) = (folder, progress);
        _told = folder.Outcomes().ToDictionary(outcome => outcome.Unit.Id, StateOf, StringComparer.Ordinal);
    }

    public void Tell()
    {
        if (_progress is null)
            return;
        foreach (UnitOutcome outcome in _folder.Outcomes())
        {
            (UnitStatus Status, int Failures) now = StateOf(outcome), before = _told[outcome.Unit.Id];
            _told[outcome.Unit.Id] = now;
            bool ended = now.Status != before.Status && now.Status is UnitStatus.Done or UnitStatus.Quarantined;
            if (ended || now.Failures > before.Failures)
                _progress.Report(outcome);
        }
    }

    private static (UnitStatus Status, int Failures) StateOf(UnitOutcome outcome) => (outcome.Status, outcome.Failures);
}
