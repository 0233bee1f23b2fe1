using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Puzzle.Library;

/// <summary>The content of named weights as one hash.</summary>
public static class WeightsDigest
{
    private const int ChunkElements = 1 << 24;

    /// <summary>Hashes names, types, shapes and bytes in name order: SHA-256 in lower-case hexadecimal.</summary>
    /// <param name="weights">The weights by name.</param>
    /// <param name="cancellationToken">Stops within a weight.</param>
    public static string Of(IReadOnlyDictionary<string, Tensor> weights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Of(weights.Keys, name => weights[name], cancellationToken);
    }

    /// <summary>Hashes weights that are read one by one, in a dispose scope each, so that only one need be in memory.</summary>
    internal static string Of(IEnumerable<string> names, Func<string, Tensor> read, CancellationToken cancellationToken = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            Tensor weight = read(name);
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{weight.dtype}\n{weight.dim()}\n"));
            foreach (long size in weight.shape)
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, size);
                hash.AppendData(number);
            }
            Tensor flat = weight.detach().cpu().contiguous().view(-1);
            for (long start = 0; start < flat.numel(); start += ChunkElements)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(flat.narrow(0, start, Math.Min(ChunkElements, flat.numel() - start)).contiguous().bytes);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
