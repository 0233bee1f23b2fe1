using System.Globalization;
using Puzzle.Pipeline;

namespace Puzzle.ConsoleApp;

/// <summary>Progress as lines of text, for pipes and log files: the beginning and the end of each job, and a line now and then
/// between.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private string? _label;
    private double _share;
    private long _written;

    /// <summary>Writes a line if it is time for one.</summary>
    public void Report(string label, double share, string? detail, PuzzleProgress? progress)
    {
        bool begins = label != _label, ends = share >= 1 && _share < 1;
        _share = share;
        if (!begins && !ends && clock.GetElapsedTime(_written) < Pause)
            return;
        (_label, _written) = (label, clock.GetTimestamp());
        output.WriteLine(Line(label, share, detail, progress));
        output.Flush();
    }

    /// <summary>Gives a line of fewer than 80 characters, where the label is short.</summary>
    internal static string Line(string label, double share, string? detail, PuzzleProgress? progress)
    {
        var parts = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{label}: {Math.Floor(share * 100):F0} %") };
        if (progress is { Completed: { } done, Total: { } total, Unit: { } unit })
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{unit} {done} of {total}"));
        if (detail is not null)
            parts.Add(detail);
        if (progress?.StageTimeLeft is { } left && share < 1)
            parts.Add($"{Duration(left)} left");
        if (progress?.RunTimeLeft is { } run)
            parts.Add($"run {Duration(run)}");
        return string.Join(", ", parts);
    }

    /// <summary>Gives a duration as readers say it.</summary>
    internal static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h{time.Minutes:D2}m")
        : time.TotalMinutes >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m{time.Seconds:D2}s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):F0}s");
}
