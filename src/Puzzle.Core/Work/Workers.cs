using System.Globalization;
using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Work;

/// <summary>The workers of a plan, a file each that is written again and again as long as they live.</summary>
/// <param name="folder">Where the files are.</param>
/// <param name="options">When a worker counts as dead.</param>
internal sealed class Workers(string folder, WorkOptions options)
{
    private const string Ending = ".json";

    public string Folder => folder;

    public string PathOf(string worker) => Path.Combine(folder, worker + Ending);

    /// <summary>Gives a name that no other worker has: the host, the process, and something random.</summary>
    public static string NewName()
    {
        string host = string.Concat(Environment.MachineName.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-').Take(40));
        string random = Path.GetRandomFileName()[..8];
        return string.Create(CultureInfo.InvariantCulture, $"{host}-{Environment.ProcessId}-{random}");
    }

    /// <summary>Gives a sign of life.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Beat(string worker, long beat) => AtomicFile.WriteText(PathOf(worker), JsonSerializer.Serialize(
        new WorkerRecord(ProcessPlace.Here, Environment.ProcessId, ProcessPlace.StartOf(Environment.ProcessId) ?? 0, beat),
        WorkJson.Default.WorkerRecord));

    /// <summary>Says whether a worker was heard of lately. All times are the shared file system's own.</summary>
    /// <param name="worker">Its name; empty if it died before it could write it.</param>
    /// <param name="claim">The file in which it took a unit.</param>
    public bool IsAlive(string worker, string claim)
    {
        string path = worker.Length > 0 ? PathOf(worker) : claim;
        if (FolderTime.OfFile(path) is not { } last)
            return false;
        return (worker.Length == 0 || !HasEnded(path)) && FolderTime.Now(folder) - last <= options.StaleAfter;
    }

    // A process of the same place that is gone needs no waiting for.
    private static bool HasEnded(string path)
    {
        try
        {
            WorkerRecord record = JsonReader.Deserialize(RegularFile.ReadAllBytes(path), WorkJson.Default.WorkerRecord, path);
            return record.Place.Length > 0 && record.Place == ProcessPlace.Here && ProcessPlace.StartOf(record.Process) != record.Started;
        }
        catch (CheckpointFormatException)
        {
            return false;
        }
    }
}
