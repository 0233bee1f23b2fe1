namespace Puzzle.Tests;

/// <summary>Tries inputs one after the other.</summary>
internal sealed class FuzzRun(string folder, IReadOnlyList<Reader> readers, long mostBytes)
{
    private volatile int _current;

    /// <summary>Gets the number of the input that is being read.</summary>
    public int Current => _current;

    public List<string> Failures { get; } = [];

    public void Run(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            _current = i;
            Reader reader = readers[i % readers.Count];
            if (Try(reader, Mutator.Damage(reader, i)) is { } failure)
                Failures.Add($"input {i}: {failure}");
        }
    }

    /// <summary>Reads one file; gives what went wrong, or null.</summary>
    public string? Try(Reader reader, byte[] bytes, bool mustSucceed = false)
    {
        string place = Path.Combine(folder, reader.Name);
        Directory.CreateDirectory(place);
        foreach ((string name, byte[] beside) in reader.Beside)
        {
            string path = Path.Combine(place, name);
            if (!File.Exists(path))
                File.WriteAllBytes(path, beside);
        }
        string file = Path.Combine(place, reader.FileName);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
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
}
