using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>What it costs two key-value heads to become one: the values that are lost, and what wrong attention scores do to the values
/// that stay. Parts of keys that are not rotated are left out of it.</summary>
internal static class SharingCosts
{
    /// <summary>Gives the cost of each pair of heads, [K, K], symmetric, zero on the diagonal.</summary>
    public static double[,] Of(HeadStatistics statistics)
    {
        using var scope = NewDisposeScope();
        int heads = statistics.Heads.KeyValueHeads;
        var costs = new double[heads, heads];
        double[] keys = KeyCosts(statistics).contiguous().data<double>().ToArray();
        for (int head = 0; head < heads - 1; head++)
        {
            double[] values = LostValues(statistics, head).contiguous().data<double>().ToArray();
            for (int other = head + 1; other < heads; other++)
                costs[head, other] =
                    costs[other, head] = values[other - head - 1] + keys[(head * heads) + other] + keys[(other * heads) + head];
        }
        return costs;
    }

    // Of a head with each later one: of the 2 H directions of both, the H of least energy go.
    private static Tensor LostValues(HeadStatistics statistics, int head)
    {
        using var scope = NewDisposeScope();
        int heads = statistics.Heads.KeyValueHeads, size = statistics.Heads.HeadSize, later = heads - head - 1;
        Tensor values = statistics.Values.Moments.permute(0, 2, 1, 3);
        Tensor own = values[head, head].expand(later, size, size), across = values[head].narrow(0, head + 1, later);
        Tensor others = stack(Enumerable.Range(head + 1, later).Select(other => values[other, other]));
        Tensor both = cat([cat([own, across], 2), cat([across.transpose(1, 2), others], 2)], 1);
        return linalg.eigvalsh(both).narrow(1, 0, size).clamp_min(Scalars.Zero).sum([1L]).MoveToOuterDisposeScope();
    }

    // Of each head (rows) beside each other (columns): the variance of the error of its scores, at most 1, times what it adds to the
    // stream.
    private static Tensor KeyCosts(HeadStatistics statistics)
    {
        using var scope = NewDisposeScope();
        Tensor real = statistics.Pairs.Real, energy = real.diagonal(0, 1, 2);
        Tensor own = energy.unsqueeze(2), other = energy.unsqueeze(1);
        Tensor half = own.sub(other).mul(Scalars.Half), imaginary = statistics.Pairs.Imaginary;
        Tensor radius = half.mul(half).add(real.mul(real), Scalars.One).add(imaginary.mul(imaginary), Scalars.One).sqrt();
        Tensor largest = own.add(other, Scalars.One).mul(Scalars.Half).add(radius, Scalars.One);
        // The head's share of the first eigenvector of a Hermitian matrix of two; equal heads that share nothing have half each.
        Tensor share = half.div(radius.clamp_min(Scalars.Tiny)).add(Scalars.One, Scalars.One).mul(Scalars.Half);
        using Scalar scores = (2.0 * statistics.Heads.HeadSize * statistics.Heads.QueriesPerHead).ToScalar();
        Tensor variance = own.sub(largest.mul(share)).clamp_min(Scalars.Zero).sum([0L]).div(scores);
        return variance.clamp_max(Scalars.One).mul(statistics.ValueEnergy.unsqueeze(1)).MoveToOuterDisposeScope();
    }
}
