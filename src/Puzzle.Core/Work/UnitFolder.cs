using System.Globalization;
using System.Text;
using Puzzle.Foundation;

namespace Puzzle.Work;

/// <summary>
/// What is known of one unit: a file for each time it was taken (a number higher each time, created exclusively, so that of several who
/// take it at once one has it), for each time it was given back, for each failure, and one when it is done. Nothing is ever changed.
/// </summary>
internal sealed class UnitFolder(string path)
{
    public const string Done = "done.json";
    public const string Claim = "claim-";
    public const string Back = "back-";
    public const string Failure = "failure-";
    private const string Log = ".log";

    // Longer than any name of a worker.
    private const int LongestName = 1 << 12;

    public string[] Names() => Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file))] : [];

    public string ClaimPath(int number) => PathOf(Claim, number);

    public string FailurePath(int number) => PathOf(Failure, number, Log);

    /// <summary>Takes the unit.</summary>
    /// <returns>False if another was faster.</returns>
    /// <exception cref="IOException">The disk is full, or refuses for another reason.</exception>
    public bool TryClaim(int number, string worker)
    {
        Directory.CreateDirectory(path);
        return TryCreate(ClaimPath(number), worker);
    }

    /// <summary>Gives the unit back.</summary>
    public void GiveBack(int number) => TryCreate(PathOf(Back, number), "");

    /// <summary>Gets who took it; empty if that was never written.</summary>
    public string WorkerOf(int claim)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.ReadAllBytes(ClaimPath(claim), LongestName));
        }
        catch (CheckpointFormatException)
        {
            return "";
        }
    }

    /// <summary>Notes a failure, in a file of its own.</summary>
    public void AddFailure(string worker, Exception cause)
    {
        string text = $"{worker}\n{cause}\n";
        int number = 1;
        while (!TryCreate(FailurePath(number), text))
            number++;
    }

    /// <summary>Notes that the unit is done; what was noted before stays.</summary>
    public void MarkDone(string worker, double seconds)
    {
        if (FindDone() is null)
            SealedJson.Write(Path.Combine(path, Done), new DoneRecord(worker, seconds), WorkJson.Default.DoneRecord);
    }

    /// <summary>Gets who did it; null if it is not done.</summary>
    public DoneRecord? FindDone() => SealedJson.Find(Path.Combine(path, Done), WorkJson.Default.DoneRecord);

    private string PathOf(string kind, int number, string ending = "") =>
        Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{kind}{number}{ending}"));

    private static bool TryCreate(string file, string content)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{file}: the unit could not be taken, failed or given back: {refused.Message}", refused);
        }
        try
        {
            using (stream)
                stream.Write(Encoding.UTF8.GetBytes(content));
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException || AtomicFile.IsFileTooLarge(refused))
        {
            File.Delete(file);
            throw new IOException($"{file}: the shared folder could not be written: {refused.Message}", refused);
        }
    }
}
