namespace Puzzle.Work;

/// <summary>Says what is wrong with a plan.</summary>
internal static class WorkPlanCheck
{
    // With an ending, names stay below the 255 bytes of file systems.
    private const int LongestId = 200;

    public static string? FaultOf(WorkPlan plan)
    {
        if (!Enum.IsDefined(plan.Stage))
            return $"the stage {plan.Stage} is not known";
        if (plan.Parent.Length == 0)
            return "the work plan names no parent";
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (WorkUnit unit in plan.Units)
        {
            if (FaultOf(unit) is { } fault)
                return fault;
            if (!ids.Add(unit.Id))
                return $"the work plan has the unit {unit.Id} twice";
        }
        return null;
    }

    // Ids become names of folders.
    private static string? FaultOf(WorkUnit unit)
    {
        if (unit.Id.Length is 0 or > LongestId || unit.Id[0] == '.'
            || !unit.Id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_'))
            return $"'{unit.Id}' is no name of a unit: expected letters, digits, dashes and dots";
        return unit.Layer >= 0 && IsAmount(unit.Operations) && IsAmount(unit.Seconds) && unit.MemoryBytes >= 0
            ? null
            : $"the unit {unit.Id} has a layer, operations, memory or seconds that are none";
    }

    private static bool IsAmount(double value) => double.IsFinite(value) && value >= 0;
}
