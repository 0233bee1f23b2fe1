using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>
/// Token windows of one length, and the order in which batches visit them. Every batch is a function of the seed and
/// the step alone, so a resumed run sees what an uninterrupted one would. Immutable; safe for concurrent use.
/// </summary>
public sealed class PackedTokenDataset
{
    private readonly int[] _ids;
    private WindowOrder? _order;

    internal PackedTokenDataset(int[] ids, int sequenceLength, int vocabularySize, ulong seed)
    {
        _ids = ids;
        SequenceLength = sequenceLength;
        VocabularySize = vocabularySize;
        Seed = seed;
        Fingerprint = ComputeFingerprint();
    }

    /// <summary>Gets the number of tokens in a window.</summary>
    public int SequenceLength { get; }

    /// <summary>Gets the number of windows.</summary>
    public int Count => _ids.Length / SequenceLength;

    /// <summary>Gets the size of the vocabulary all ids lie in.</summary>
    public int VocabularySize { get; }

    /// <summary>Gets the seed of the visiting order.</summary>
    public ulong Seed { get; }

    /// <summary>Gets the SHA-256, in lower-case hexadecimal, of the ids, the window length and the seed.</summary>
    public string Fingerprint { get; }

    /// <summary>Gets the ids of a window, in the order of the text.</summary>
    /// <param name="window">The window's position, from 0 to <see cref="Count"/> - 1.</param>
    public ReadOnlySpan<int> this[int window]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(window);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(window, Count);
            return _ids.AsSpan(window * SequenceLength, SequenceLength);
        }
    }

    /// <summary>Takes windows as they are.</summary>
    /// <param name="windows">The ids of each window; all of one length, at least 2.</param>
    /// <param name="vocabularySize">The size of the vocabulary.</param>
    /// <param name="seed">Decides the order in which batches visit the windows.</param>
    /// <exception cref="ArgumentException">There is no window, lengths differ, or an id is outside the vocabulary.</exception>
    public static PackedTokenDataset FromWindows(IReadOnlyList<IReadOnlyList<int>> windows, int vocabularySize, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        return FindProblem(windows, vocabularySize) is string problem
            ? throw new ArgumentException(problem, nameof(windows))
            : new PackedTokenDataset([.. windows.SelectMany(window => window)], windows[0].Count, vocabularySize, seed);
    }

    /// <summary>Reads windows from a file that holds a JSON array of arrays of ids.</summary>
    /// <param name="file">The file.</param>
    /// <param name="vocabularySize">The size of the vocabulary.</param>
    /// <param name="seed">Decides the order in which batches visit the windows.</param>
    /// <exception cref="CheckpointFormatException">The file is missing or malformed, lengths differ, or an id is outside the
    /// vocabulary.</exception>
    public static PackedTokenDataset FromJson(string file, int vocabularySize, ulong seed = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        int[]?[] windows;
        try
        {
            windows = JsonReader.ReadFile(file, FileJson.Default.Int32ArrayArray);
        }
        catch (CheckpointFormatException other) when (other.InnerException is JsonException)
        {
            throw new CheckpointFormatException(
                file, $"expected a JSON array of arrays of ids; {other.Message[(file.Length + 2)..]}", other);
        }
        if (Array.Exists(windows, window => window is null))
            throw new CheckpointFormatException(file, "expected a JSON array of arrays of ids, found null");
        return FindProblem(windows!, vocabularySize) is string problem
            ? throw new CheckpointFormatException(file, problem)
            : new PackedTokenDataset([.. windows.SelectMany(window => window!)], windows[0]!.Length, vocabularySize, seed);
    }

    /// <summary>Divides the windows into a part to train on and a part held out; equal windows stay together.</summary>
    /// <remarks>Windows cut from one document may continue each other: to keep documents apart, use <see cref="TokenCorpus.Split"/> before
    /// packing.</remarks>
    /// <param name="heldOutFraction">The share of windows to hold out, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not between 0 and 1.</exception>
    /// <exception cref="InvalidOperationException">There are fewer than two distinct windows.</exception>
    public (PackedTokenDataset Training, PackedTokenDataset HeldOut) Split(double heldOutFraction)
    {
        bool[] heldOut = HeldOutSelection.Choose(Count, window => this[window], heldOutFraction, Seed)
            ?? throw new InvalidOperationException("Fewer than two distinct windows cannot be divided.");
        return (Select(window => !heldOut[window]), Select(window => heldOut[window]));
    }

    /// <summary>Gives at most some of the windows, spread over all of them.</summary>
    internal PackedTokenDataset Spread(int most)
    {
        if (most >= Count)
            return this;
        var chosen = Enumerable.Range(0, most).Select(i => (int)((long)i * Count / most)).ToHashSet();
        return Select(chosen.Contains);
    }

    /// <summary>Gives the windows a batch visits. Each pass over the data visits every window once, in an order of its own.</summary>
    /// <param name="step">The batch's number, from 0. Batches follow each other without a gap, across passes too.</param>
    /// <param name="batchSize">Windows per batch.</param>
    public int[] WindowsOf(long step, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        long first = checked(step * batchSize);
        int[] windows = new int[batchSize];
        for (int i = 0; i < batchSize; i++)
        {
            long visit = checked(first + i);
            windows[i] = OrderOf(visit / Count).Windows[visit % Count];
        }
        return windows;
    }

    /// <summary>Gives the ids of a batch.</summary>
    /// <param name="step">The batch's number, from 0.</param>
    /// <param name="batchSize">Windows per batch.</param>
    /// <returns>The ids, row by row: [<paramref name="batchSize"/>, <see cref="SequenceLength"/>].</returns>
    public int[] Batch(long step, int batchSize)
    {
        int[] windows = WindowsOf(step, batchSize);
        int[] batch = new int[checked(batchSize * SequenceLength)];
        for (int row = 0; row < batchSize; row++)
            this[windows[row]].CopyTo(batch.AsSpan(row * SequenceLength));
        return batch;
    }

    private static string? FindProblem(IReadOnlyList<IReadOnlyList<int>> windows, int vocabularySize)
    {
        if (windows.Count == 0)
            return "there is no window";
        int length = windows[0].Count;
        if (length < 2)
            return $"window 0 has {length} ids, expected at least 2";
        if ((long)length * windows.Count > Array.MaxLength)
            return $"{windows.Count} windows of {length} ids are more than {Array.MaxLength} ids";
        for (int window = 0; window < windows.Count; window++)
        {
            if (windows[window].Count != length)
                return $"window {window} has {windows[window].Count} ids, expected {length} as in window 0";
            for (int position = 0; position < length; position++)
            {
                int id = windows[window][position];
                if ((uint)id >= (uint)vocabularySize)
                    return $"window {window} has the id {id} at position {position}, expected 0 to {vocabularySize - 1}";
            }
        }
        return null;
    }

    private WindowOrder OrderOf(long pass)
    {
        WindowOrder? order = _order;
        if (order?.Pass != pass)
            _order = order = WindowOrder.Create(Count, Seed, pass);
        return order;
    }

    /// <summary>Gives the windows that are chosen, in the order of the text.</summary>
    internal PackedTokenDataset Select(Func<int, bool> isChosen)
    {
        int[] ids = [.. Enumerable.Range(0, Count).Where(isChosen).SelectMany(window => this[window].ToArray())];
        return new PackedTokenDataset(ids, SequenceLength, VocabularySize, Seed);
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> header = stackalloc byte[sizeof(int) + sizeof(ulong)];
        BinaryPrimitives.WriteInt32LittleEndian(header, SequenceLength);
        BinaryPrimitives.WriteUInt64LittleEndian(header[sizeof(int)..], Seed);
        hash.AppendData(header);
        hash.AppendData(MemoryMarshal.AsBytes(_ids.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
