namespace Puzzle.GpuCheck;

/// <summary>All that was found, as it is written.</summary>
/// <param name="Device">The device that was checked, with its model.</param>
/// <param name="Host">The processor, the system and the versions.</param>
/// <param name="Parity">How far each result is from the processor's.</param>
/// <param name="Rates">How fast each loop is.</param>
/// <param name="Seconds">How long it all took.</param>
internal sealed record CheckReport(
    string Device, IReadOnlyDictionary<string, string> Host, IReadOnlyList<ParityRow> Parity, IReadOnlyList<RateRow> Rates, double Seconds)
{
    public bool Passed => Parity.All(row => row.Passed);
}
