using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Puzzle.Text;

/// <summary>Gives the ids of one item.</summary>
internal delegate ReadOnlySpan<int> IdsOfItem(int item);

/// <summary>Chooses what is held out by content and seed, whatever the order, so that equal items stay together.</summary>
internal static class HeldOutSelection
{
    /// <summary>Marks items until they hold the wanted share of all ids; null when all items are equal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not between 0 and 1.</exception>
    public static bool[]? Choose(int count, IdsOfItem idsOf, double heldOutFraction, ulong seed)
    {
        if (heldOutFraction is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(heldOutFraction), heldOutFraction, "The fraction must be between 0 and 1.");
        long total = 0;
        var groups = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        for (int item = 0; item < count; item++)
        {
            string digest = Digest(idsOf(item), seed);
            if (!groups.TryGetValue(digest, out List<int>? group))
                groups.Add(digest, group = []);
            group.Add(item);
            total += idsOf(item).Length;
        }
        if (groups.Count < 2)
            return null;

        bool[] heldOut = new bool[count];
        long held = 0;
        foreach (List<int> group in groups.Values.SkipLast(1))
        {
            if (held >= heldOutFraction * total)
                break;
            foreach (int item in group)
            {
                heldOut[item] = true;
                held += idsOf(item).Length;
            }
        }
        return heldOut;
    }

    private static string Digest(ReadOnlySpan<int> ids, ulong seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, seed);
        hash.AppendData(prefix);
        hash.AppendData(MemoryMarshal.AsBytes(ids));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
