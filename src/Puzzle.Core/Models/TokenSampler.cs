using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Puzzle.Models;

/// <summary>Chooses one sequence's tokens. Its n-th draw is a function of seed, sequence and n alone.</summary>
internal sealed class TokenSampler(GenerationOptions options, int sequence)
{
    private int _draws;

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">One per token of the vocabulary.</param>
    /// <exception cref="InvalidOperationException">A logit is not finite.</exception>
    public int Choose(ReadOnlySpan<float> logits)
    {
        int likeliest = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (!float.IsFinite(logits[id]))
                throw new InvalidOperationException(
                    FormattableString.Invariant($"The model gives token {id} the logit {logits[id]}: nothing can be chosen."));
            if (logits[id] > logits[likeliest])
                likeliest = id;
        }
        return options.Temperature == 0 ? likeliest : Sample(logits, logits[likeliest]);
    }

    private int Sample(ReadOnlySpan<float> logits, float highest)
    {
        int[] ids = [.. Enumerable.Range(0, logits.Length)];
        if (options.TopP < 1 || (options.TopK > 0 && options.TopK < ids.Length))
        {
            // Equal logits keep the order of their ids.
            float[] values = logits.ToArray();
            Array.Sort(ids, (a, b) => values[a] != values[b] ? values[b].CompareTo(values[a]) : a.CompareTo(b));
        }
        int kept = options.TopK > 0 ? Math.Min(options.TopK, ids.Length) : ids.Length;
        double[] cumulative = new double[kept];
        double total = 0;
        for (int i = 0; i < kept; i++)
            cumulative[i] = total += Math.Exp((logits[ids[i]] - highest) / options.Temperature);
        if (options.TopP < 1)
        {
            kept = Position(cumulative, options.TopP * total) + 1;
            total = cumulative[kept - 1];
        }
        return ids[Position(cumulative.AsSpan(0, kept), Draw() * total)];
    }

    /// <summary>Gives the first position whose cumulative sum exceeds a value.</summary>
    private static int Position(ReadOnlySpan<double> cumulative, double value)
    {
        int position = 0;
        while (position < cumulative.Length - 1 && cumulative[position] <= value)
            position++;
        return position;
    }

    /// <summary>Gives the next number from 0 to below 1.</summary>
    public double Draw()
    {
        Span<byte> input = stackalloc byte[sizeof(long) + sizeof(int) + sizeof(int)];
        BinaryPrimitives.WriteInt64LittleEndian(input, options.Seed);
        BinaryPrimitives.WriteInt32LittleEndian(input[sizeof(long)..], sequence);
        BinaryPrimitives.WriteInt32LittleEndian(input[(sizeof(long) + sizeof(int))..], _draws++);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1L << 53));
    }
}
