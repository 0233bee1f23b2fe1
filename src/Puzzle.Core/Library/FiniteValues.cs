using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Library;

/// <summary>Refuses infinities and NaNs before they are stored, saying where they are.</summary>
internal static class FiniteValues
{
    /// <summary>Checks weights, which are contiguous and on the CPU.</summary>
    public static void Require(SubblockKey key, IReadOnlyDictionary<string, Tensor> weights)
    {
        foreach ((string name, Tensor weight) in weights.OrderBy(weight => weight.Key, StringComparer.Ordinal))
        {
            foreach ((Tensor part, long offset) in TensorBytes.Parts(weight))
            {
                long index = NonFinite.IndexOf(part.bytes, weight.dtype);
                GC.KeepAlive(part);
                if (index >= 0)
                    throw new ArgumentException($"{key}: the weight '{name}' is not finite at element "
                        + $"{(offset / TensorTypes.ElementBytes(weight.dtype)) + index}.");
            }
        }
    }

    /// <summary>Checks a loss curve.</summary>
    public static void Require(SubblockKey key, IReadOnlyList<LossRecord> curve)
    {
        foreach (LossRecord record in curve)
        {
            if (!double.IsFinite(record.Loss) || !double.IsFinite(record.HeldOutLoss ?? 0))
                throw new ArgumentException($"{key}: the loss of step {record.Step} is not finite.");
        }
    }

    /// <summary>Checks the losses that decided a start.</summary>
    public static void Require(SubblockKey key, VariantStart? start)
    {
        if (!double.IsFinite(start?.PaperLoss ?? 0) || !double.IsFinite(start?.ClosedFormLoss ?? 0))
            throw new ArgumentException($"{key}: the loss of a start is not finite.");
    }

    /// <summary>Checks a score, and that it says whose it is.</summary>
    public static void Require(BlockScore score)
    {
        if (string.IsNullOrEmpty(score.BlockId) || string.IsNullOrEmpty(score.DataFingerprint))
            throw new ArgumentException($"The score of {score.Config} at layer {score.Layer} does not say of which block and data it is.");
        IEnumerable<(string Metric, double Value)> values = score.Metrics.Select(metric => (metric.Key, metric.Value))
            .Concat(score.Samples?.SelectMany(samples => samples.Value.Select(value => (samples.Key, value))) ?? []);
        foreach ((string metric, double value) in values)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException(FormattableString.Invariant(
                    $"The score of {score.Config} at layer {score.Layer} has {metric} {value}, which is not finite."));
        }
    }
}
