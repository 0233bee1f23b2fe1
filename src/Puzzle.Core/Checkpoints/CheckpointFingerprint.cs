using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Puzzle.Architectures;

namespace Puzzle.Checkpoints;

/// <summary>Digests what a checkpoint computes: its shape and every weight, however they are spread over files.</summary>
internal static class CheckpointFingerprint
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Computes the SHA-256 in lower-case hexadecimal digits.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Each weight's canonical name and where it is stored.</param>
    /// <param name="cancellationToken">Asked between pieces of about a megabyte.</param>
    public static string Compute(ModelConfig config, IEnumerable<(string Name, SafetensorsReader Reader, TensorInfo Info)> weights, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Describe(config)));
        byte[] buffer = new byte[BufferBytes];
        foreach ((string name, SafetensorsReader reader, TensorInfo info) in weights.OrderBy(weight => weight.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {TensorTypes.NameOf(info.Type)} [{string.Join(',', info.Shape)}]\n"));
            for (long start = 0; start < info.Length; start += BufferBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(BufferBytes, info.Length - start));
                reader.ReadBytes(info, start, piece);
                hash.AppendData(piece);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Gives a model's shape as text. Changing it changes every fingerprint, and so orphans every artifact made from a checkpoint.</summary>
    public static string Describe(ModelConfig config)
    {
        RopeScaling? rope = config.RopeScaling;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            puzzle checkpoint 1
            {config.VocabularySize} {config.HiddenSize} {config.AttentionHeads} {config.HeadSize} {config.MaxPositions}
            {config.RmsNormEpsilon:R} {config.RopeTheta:R} {rope?.Factor:R} {rope?.LowFrequencyFactor:R} {rope?.HighFrequencyFactor:R} {rope?.OriginalMaxPositions}
            {config.TieWordEmbeddings} {config.BeginOfTextId} {string.Join(',', config.EndOfTextIds)}
            {config.Architecture}

            """).ReplaceLineEndings("\n");
    }
}
