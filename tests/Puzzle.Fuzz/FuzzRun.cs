namespace Puzzle.Tests;

/// <summary>Tries inputs one after the other.</summary>
/// <param name="folder">Where the files lie; best one in memory.</param>
/// <param name="readers">What reads them, in turn.</param>
/// <param name="mostBytes">The most that reading one file may allocate.</param>
internal sealed class FuzzRun(string folder, IReadOnlyList<Reader> readers, long mostBytes)
{
    private readonly HashSet<Reader> _prepared = [];
    private volatile int _current;

    /// <summary>Gets the most processor time that reading one file may take; without a limit where other work may run beside it.</summary>
    public TimeSpan MostTime { get; init; } = TimeSpan.MaxValue;

    /// <summary>Gets the number of the input that is being read.</summary>
    public int Current => _current;

    public List<string> Failures { get; } = [];

    /// <summary>Gets what each reader took, for who wants to try many.</summary>
    public Dictionary<string, (int Inputs, TimeSpan Time)> Spent { get; } = [];

    /// <summary>Gives the reader of an input. One of cost n has every n-th of its turns; in the others the one after it reads.</summary>
    public Reader ReaderOf(int number)
    {
        int at = number % readers.Count, turn = number / readers.Count;
        while (turn % readers[at].Cost != 0)
            at = (at + 1) % readers.Count;
        return readers[at];
    }

    public void Run(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            _current = i;
            Reader reader = ReaderOf(i);
            byte[] bytes = Mutator.Damage(reader, i);
            TimeSpan before = Environment.CpuUsage.TotalTime;
            string? failure = Try(reader, bytes);
            TimeSpan time = Environment.CpuUsage.TotalTime - before;
            (int inputs, TimeSpan spent) = Spent.GetValueOrDefault(reader.Name);
            Spent[reader.Name] = (inputs + 1, spent + time);
            failure ??= time > MostTime ? $"{reader.Name}: {time.TotalSeconds:F1} s of processor time" : null;
            if (failure is not null)
                Failures.Add($"input {i}: {failure}");
        }
    }

    /// <summary>Reads one file; gives what went wrong, or null.</summary>
    public string? Try(Reader reader, byte[] bytes, bool mustSucceed = false)
    {
        string file = FileOf(reader);
        File.WriteAllBytes(file, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? failure = null;
        try
        {
            reader.Read(file);
        }
        catch (Exception exception) when (!mustSucceed && reader.Documented.Any(type => type.IsInstanceOfType(exception)))
        {
            // As documented.
        }
        catch (Exception exception)
        {
            failure = $"{reader.Name}: {exception.GetType().Name}: {exception.Message} "
                + $"{exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Puzzle.", StringComparison.Ordinal))?.Trim()}";
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return failure ?? (allocated > mostBytes ? $"{reader.Name}: {allocated >> 20} MiB allocated" : null);
    }

    private string FileOf(Reader reader)
    {
        string place = Path.Combine(folder, reader.Name), file = Path.Combine(place, reader.FileName);
        if (!_prepared.Add(reader))
            return file;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        foreach ((string name, byte[] beside) in reader.Beside.Where(beside => beside.Key != reader.FileName))
            File.WriteAllBytes(Path.Combine(place, name), beside);
        return file;
    }
}
