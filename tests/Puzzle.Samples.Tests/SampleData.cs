using Puzzle.Architectures;
using Puzzle.Models;

namespace Puzzle.Tests;

/// <summary>A parent of two layers and a text, in a folder.</summary>
internal sealed class SampleData : IDisposable
{
    private readonly TestFolder _folder = new();

    public SampleData()
    {
        using CausalLanguageModel parent = TinyModel.Create(TinyModel.Config(2));
        Config = parent.Config;
        parent.Save(Parent);
        LetterTokenizer.Create().Save(Parent);
        var random = new Random(5);
        File.WriteAllText(Text, string.Join("\n\n", Enumerable.Range(0, 80).Select(_ =>
            string.Join(' ', Enumerable.Range(0, 40).Select(
                _ => string.Concat(Enumerable.Range(0, 4).Select(_ => (char)('a' + random.Next(26)))))) + ".")));
    }

    public ModelConfig Config { get; }

    public string Folder => _folder.Path;

    public string Parent => _folder["parent"];

    public string Text => _folder["text.txt"];

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();
}
