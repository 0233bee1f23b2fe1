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
    private readonly SafeFileHandle _file;
    private long _length;

    /// <summary>Opens or creates a journal.</summary>
    public ScoreJournal(string path)
    {
        _path = path;
        byte[] content = Path.Exists(path) ? RegularFile.ReadAllBytes(path) : [];
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            _length = content.AsSpan().LastIndexOf((byte)'\n') + 1;
            if (_length < content.Length)
                DropTail();
        }
        catch
        {
            _file.Dispose();
            throw;
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
                RandomAccess.Write(_file, line, _length);
                RandomAccess.FlushToDisk(_file);
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

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
            _file.Dispose();
    }

    private void Remember(BlockScore score) => _scores[(score.BlockId, score.DataFingerprint)] = score;

    private void DropTail()
    {
        RandomAccess.SetLength(_file, _length);
        RandomAccess.FlushToDisk(_file);
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
