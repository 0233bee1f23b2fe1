namespace Puzzle.GpuCheck;

/// <summary>How well a loop uses the device.</summary>
/// <param name="What">The loop.</param>
/// <param name="TeraflopsPerSecond">Operations of its passes, by the closed form, over its time.</param>
/// <param name="ShareOfProduct">The same over the rate of a large product of brain floats.</param>
/// <param name="ReadsPerStep">How often a step waits for the device.</param>
/// <param name="MemoryMebibytes">What the device has in use right after; null where no tool says so.</param>
internal sealed record RateRow(
    string What, double TeraflopsPerSecond, double ShareOfProduct, double ReadsPerStep, double? MemoryMebibytes);
