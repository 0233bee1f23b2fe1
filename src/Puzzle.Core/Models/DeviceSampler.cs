using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Chooses the tokens of a batch where the logits are: the tokens that <see cref="TokenSampler"/> chooses, but for sums in other
/// orders.</summary>
internal sealed class DeviceSampler(GenerationOptions options) : IDisposable
{
    private static readonly long[] Row = [1];
    private readonly Scalar _temperature = options.Temperature.ToScalar();
    private readonly Scalar _topP = options.TopP.ToScalar();

    /// <summary>Chooses a token of each sequence.</summary>
    /// <param name="logits">[B, V], 32-bit.</param>
    /// <param name="draws">A number from 0 to below 1 for each sequence; not looked at without a temperature.</param>
    /// <returns>The tokens, [B], 64-bit integers.</returns>
    public Tensor Choose(Tensor logits, ReadOnlySpan<double> draws)
    {
        if (options.Temperature == 0)
            return logits.argmax(1);
        using var scope = NewDisposeScope();
        long vocabulary = logits.size(1), kept = options.TopK > 0 ? Math.Min(options.TopK, vocabulary) : vocabulary;
        Tensor wide = logits.to(ScalarType.Float64);
        Tensor? ids = null;
        if (options.TopP < 1 || kept < vocabulary)
            (wide, ids) = wide.sort(1, descending: true, stable: true);
        Tensor highest = wide.amax(Row, keepdim: true);
        Tensor cumulative = wide.narrow(1, 0, kept).sub(highest).div(_temperature).exp().cumsum(1);
        using Scalar end = (kept - 1).ToScalar();
        Tensor last = full([logits.size(0), 1], end, ScalarType.Int64, logits.device);
        if (options.TopP < 1)
            last = Position(cumulative, cumulative.narrow(1, kept - 1, 1).mul(_topP), last);
        Tensor drawn = tensor(draws.ToArray(), [logits.size(0), 1], device: logits.device);
        Tensor chosen = Position(cumulative, cumulative.gather(1, last).mul(drawn), last);
        return (ids is null ? chosen : ids.gather(1, chosen)).squeeze(1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _temperature.Dispose();
        _topP.Dispose();
    }

    // The first position whose cumulative sum exceeds a value, or the last.
    private static Tensor Position(Tensor cumulative, Tensor value, Tensor last) =>
        cumulative.le(value).sum(1, keepdim: true, ScalarType.Int64).minimum(last);
}
