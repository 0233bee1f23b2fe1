using System.Text;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>The key-value part of a GGUF file, encoded as it grows.</summary>
internal sealed class GgufMetadata : IDisposable
{
    private const uint Unsigned = 4, Signed = 5, Float = 6, Flag = 7, Text = 8, List = 9;

    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    public GgufMetadata() => _writer = new BinaryWriter(_bytes);

    /// <summary>Gets the number of keys.</summary>
    public ulong Count { get; private set; }

    /// <summary>Gets the encoded keys and values.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.GetBuffer().AsMemory(0, (int)_bytes.Length);

    public void Add(string key, uint value)
    {
        Begin(key, Unsigned);
        _writer.Write(value);
    }

    public void Add(string key, float value)
    {
        Begin(key, Float);
        _writer.Write(value);
    }

    public void Add(string key, bool value)
    {
        Begin(key, Flag);
        _writer.Write(value);
    }

    public void Add(string key, string value)
    {
        Begin(key, Text);
        WriteText(_writer, value);
    }

    public void Add(string key, IReadOnlyCollection<int> values) => AddList(key, Signed, values, _writer.Write);

    public void Add(string key, IReadOnlyCollection<float> values) => AddList(key, Float, values, _writer.Write);

    public void Add(string key, IReadOnlyCollection<string> values) => AddList(key, Text, values, value => WriteText(_writer, value));

    /// <summary>Writes a string as GGUF does: its length in bytes, then UTF-8.</summary>
    public static void WriteText(BinaryWriter writer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)utf8.Length);
        writer.Write(utf8);
    }

    public void Dispose() => _writer.Dispose();

    private void AddList<T>(string key, uint type, IReadOnlyCollection<T> values, Action<T> write)
    {
        Begin(key, List);
        _writer.Write(type);
        _writer.Write((ulong)values.Count);
        foreach (T value in values)
            write(value);
    }

    private void Begin(string key, uint type)
    {
        WriteText(_writer, key);
        _writer.Write(type);
        Count++;
    }
}
