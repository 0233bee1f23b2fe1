using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Profiling;

/// <summary>Costs without the hardware: computed from a specification by a roofline model. For ranking and first targets; measure before
/// relying on them.</summary>
/// <param name="hardware">The device; see <see cref="RooflineFit"/> for fitting its efficiencies to some measurements.</param>
public sealed class RooflineThroughputProfiler(HardwareSpec hardware) : IThroughputProfiler
{
    /// <inheritdoc/>
    public string Settings => Fingerprint.Of(
        [
            nameof(RooflineThroughputProfiler), hardware.Name, hardware.MemoryBandwidth, hardware.ComputeEfficiency,
            hardware.AttentionEfficiency, hardware.MemoryEfficiency, hardware.SubblockOverhead,
            .. hardware.PeakOperations.SelectMany(rate => new object[] { rate.Key, rate.Value })
        ]);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The specification or the request is inconsistent.</exception>
    /// <exception cref="NotSupportedException">The device's peak rate in the workload's activation type is not known.</exception>
    public Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        CostTable costs = Profile(request);
        progress?.Report(1);
        return Task.FromResult(costs);
    }

    /// <summary>Computes every config of a request.</summary>
    /// <param name="request">What to profile, under which workload.</param>
    public CostTable Profile(ProfilingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        hardware.Validate();
        request.Model.Validate();
        request.Workload.Validate();
        var roofline = new RooflineModel(hardware, request.Model, request.Workload, request.ExpertUsage);
        CostTable costs = MemoryModel.Table(request);
        return costs with
        {
            Engine = $"roofline of {hardware.Name}, computed",
            Attention = costs.Attention.ToDictionary(cost => cost.Key, cost => roofline.WithTimes(cost.Value, cost.Key)),
            Ffn = costs.Ffn.ToDictionary(cost => cost.Key, cost => roofline.WithTimes(cost.Value, cost.Key)),
            NonBlock = roofline.WithNonBlockTimes(costs.NonBlock),
        };
    }
}
