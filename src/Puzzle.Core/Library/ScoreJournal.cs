using Microsoft.Win32.SafeHandles;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>
/// The scores of a library in an append-only file, one JSON line each. A line that was cut short by a crash is
/// dropped when the file is opened, a damaged one is passed over; of equal keys the last line counts. Safe for concurrent use.
/// </summary>
internal sealed class ScoreJournal : IDisposable
{
    public const string FileName = "scores.jsonl";

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Block, string Data), BlockScore> _scores = [];
    private readonly string _path;
    private SafeFileHandle? _file;
    private long _length;

    /// <summary>Opens or creates a journal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isReadOnly">Whether it is only read, now.</param>
    public ScoreJournal(string path, bool isReadOnly = false)
    {
        _path = path;
        byte[] content = Path.Exists(path) ? RegularFile.ReadAllBytes(path) : [];
        _length = content.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (!isReadOnly)
        {
            _file = Open();
            try
            {
                if (_length < content.Length)
                    DropTail();
            }
            catch
            {
                _file.Dispose();
                throw;
            }
        }
        ReadOnlySpan<byte> rest = content.AsSpan(0, (int)_length);
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            if (ScoreLine.Parse(rest[..end]) is { } score)
                Remember(score);
            rest = rest[(end + 1)..];
        }
    }

    /// <summary>Gets every score, in canonical order: layer, block, data.</summary>
    public IReadOnlyList<BlockScore> All
    {
        get
        {
            lock (_gate)
                return [.. _scores.Values.OrderBy(score => score.Layer)
                    .ThenBy(score => score.BlockId, StringComparer.Ordinal)
                    .ThenBy(score => score.DataFingerprint, StringComparer.Ordinal)];
        }
    }

    /// <summary>Finds a score.</summary>
    public BlockScore? Find(string blockId, string dataFingerprint)
    {
        lock (_gate)
            return _scores.GetValueOrDefault((blockId, dataFingerprint));
    }

    /// <summary>Appends a score and flushes it to the disk.</summary>
    /// <exception cref="IOException">The disk is full, or refuses for another reason; earlier scores stay.</exception>
    public void Add(BlockScore score)
    {
        byte[] line = ScoreLine.Format(score);
        // What is remembered is what a later process will read, whatever the caller does with its dictionaries.
        BlockScore written = ScoreLine.Parse(line.AsSpan(0, line.Length - 1))
            ?? throw new ArgumentException(
                $"The score of {score.Config} at layer {score.Layer} cannot be written as JSON and read back.", nameof(score));
        lock (_gate)
        {
            try
            {
                RandomAccess.Write(Writable, line, _length);
                RandomAccess.FlushToDisk(Writable);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
                || AtomicFile.IsFileTooLarge(exception))
            {
                TryDropTail();
                throw new IOException(
                    $"{_path}: the score of {score.Config} at layer {score.Layer} could not be stored: {exception.Message}", exception);
            }
            _length += line.Length;
            Remember(written);
        }
    }

    /// <summary>Replaces the file by one with each score once, in canonical order. If it cannot be written, the old one stays.</summary>
    /// <exception cref="IOException">The disk is full, or refuses for another reason.</exception>
    public void Order()
    {
        lock (_gate)
        {
            IReadOnlyList<BlockScore> all = All;
            Writable.Dispose();
            try
            {
                long length = 0;
                AtomicFile.Write(_path, stream =>
                {
                    foreach (BlockScore score in all)
                        stream.Write(ScoreLine.Format(score));
                    length = stream.Position;
                });
                _length = length;
            }
            finally
            {
                _file = Open();
            }
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
            _file?.Dispose();
    }

    private SafeFileHandle Writable => _file ?? throw new InvalidOperationException($"{_path} was opened to read only.");

    private SafeFileHandle Open() => File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

    private void Remember(BlockScore score) => _scores[(score.BlockId, score.DataFingerprint)] = score;

    private void DropTail()
    {
        RandomAccess.SetLength(Writable, _length);
        RandomAccess.FlushToDisk(Writable);
    }

    private void TryDropTail()
    {
        try
        {
            DropTail();
        }
        catch (IOException)
        {
            // The next line is written over what is left; a fragment of it that stays does not pass for a line.
        }
    }
}
