using System.Diagnostics;
using OpenTelemetry;

namespace Puzzle.EmbeddedInApp;

/// <summary>Writes each ended activity to the console; an app exports to its collector instead.</summary>
public sealed class LogExporter : BaseExporter<Activity>
{
    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (Activity activity in batch)
            Console.WriteLine(FormattableString.Invariant($"trace {activity.OperationName}: {activity.Duration.TotalSeconds:F2} s"));
        return ExportResult.Success;
    }
}
