using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Puzzle.Pipeline;

/// <summary>The names under which runs are traced and measured, for <c>AddSource</c> and <c>AddMeter</c> of OpenTelemetry or a listener of
/// your own.</summary>
/// <remarks>docs/logging.md lists every activity, tag, instrument and event.</remarks>
public static class PuzzleTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/>: one activity for a run, and one inside it for each
    /// stage.</summary>
    public const string ActivitySourceName = "Puzzle";

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "Puzzle";

    internal const string StageTag = "puzzle.stage";

    internal static ActivitySource Source { get; } = new(ActivitySourceName);

    internal static Meter Meter { get; } = new(MeterName);

    internal static Histogram<double> StageDuration { get; } = Meter.CreateHistogram<double>(
        "puzzle.stage.duration", "s", "How long a stage of a run took.");

    internal static Counter<long> UnitsMade { get; } = Meter.CreateCounter<long>(
        "puzzle.units.made", "{unit}", "Variants and scores that were computed and stored.");

    internal static Counter<long> UnitsReused { get; } = Meter.CreateCounter<long>(
        "puzzle.units.reused", "{unit}", "Variants and scores that were found in the library.");

    internal static Counter<long> Tokens { get; } = Meter.CreateCounter<long>(
        "puzzle.tokens", "{token}", "Tokens of text that training went over; its rate is tokens per second.");

    internal static Gauge<double> Loss { get; } = Meter.CreateGauge<double>("puzzle.training.loss", null, "The last training loss.");

    internal static Gauge<double> Speedup { get; } = Meter.CreateGauge<double>(
        "puzzle.child.speedup", null, "How many times faster than the parent the child ran when it was measured whole.");

    internal static ObservableGauge<long> Memory { get; } = Meter.CreateObservableGauge(
        "puzzle.process.memory", () => Environment.WorkingSet, "By", "Memory of the process, native memory included.");
}
