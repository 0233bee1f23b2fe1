using System.Globalization;

namespace Puzzle.Work;

/// <summary>One of several equal parts of a plan.</summary>
public sealed record WorkShare
{
    // More tasks than any cluster's array takes.
    private const int Most = 1_000_000;

    /// <summary>Creates a share.</summary>
    /// <param name="index">Which, from 1.</param>
    /// <param name="count">Of how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such share.</exception>
    public WorkShare(int index, int count)
    {
        if (count is < 1 or > Most || index < 1 || index > count)
            throw new ArgumentOutOfRangeException(
                nameof(index), string.Create(CultureInfo.InvariantCulture, $"There is no share {index}/{count}: expected 1/{count} to "
                    + $"{count}/{count}, at most {Most} of them."));
        (Index, Count) = (index, count);
    }

    /// <summary>Gets the whole plan as one share.</summary>
    public static WorkShare Whole { get; } = new(1, 1);

    /// <summary>Gets which share it is, from 1.</summary>
    public int Index { get; }

    /// <summary>Gets how many there are.</summary>
    public int Count { get; }

    /// <summary>Reads <c>i/n</c>.</summary>
    /// <param name="text">Which share, from 1, of how many.</param>
    /// <exception cref="FormatException">It is not of this form.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such share.</exception>
    public static WorkShare Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? new WorkShare(index, count)
            : throw new FormatException($"'{text}' is no share: expected i/n, for example 1/4.");
    }

    /// <summary>Gives the share's units: neighbors, so that a worker sees few layers, and of about the same cost as every other
    /// share's. Every unit is in one share; with more shares than units some are empty.</summary>
    /// <param name="plan">The plan.</param>
    public IReadOnlyList<WorkUnit> Of(WorkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double total = plan.Units.Sum(unit => unit.Cost), before = 0;
        var own = new List<WorkUnit>();
        for (int i = 0; i < plan.Units.Count; i++)
        {
            WorkUnit unit = plan.Units[i];
            // Where its middle lies decides; without costs units count alike.
            double middle = total > 0 ? (before + (unit.Cost / 2)) / total : (i + 0.5) / plan.Units.Count;
            before += unit.Cost;
            if (Math.Min((int)(middle * Count), Count - 1) == Index - 1)
                own.Add(unit);
        }
        return own;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
