using System.Globalization;
using Puzzle.Models;

namespace Puzzle.Tests;

/// <summary>A parent, a text and options small enough for a run of seconds.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TestFolder _folder = new();

    public TinyRun(int layers = 2)
    {
        using CausalLanguageModel parent = TinyModel.Create(TinyModel.Config(layers));
        parent.Save(Parent);
        LetterTokenizer.Create().Save(Parent);
        var random = new Random(5);
        string[] words = [.. Enumerable.Range(0, 40)
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(2, 6)).Select(_ => (char)('a' + random.Next(26)))))];
        File.WriteAllText(Text, string.Join("\n\n", Enumerable.Range(0, 60).Select(_ =>
            string.Join(' ', Enumerable.Range(0, 40).Select(_ => words[random.Next(words.Length)])) + ".")));
    }

    public string Parent => _folder["parent"];

    public string Text => _folder["text.txt"];

    /// <summary>A path in the run's own folder.</summary>
    public string this[string name] => _folder[name];

    /// <summary>The arguments of a whole run. The parent itself meets the target, so that the child does not depend on times
    /// measured.</summary>
    public string[] Arguments(string work, int blockwiseSteps = 3, params string[] further) =>
    [
        "--parent", Parent, "--text", Text, "--work", this[work], "--sequence", "32", "--batch", "2", "--prompt", "16", "--generate", "8",
        "--bld-steps", blockwiseSteps.ToString(
            CultureInfo.InvariantCulture), "--gkd-steps", "2", "--score-windows", "4", "--memory", "1", .. further,
    ];

    /// <summary>The arguments of the making of a block library.</summary>
    public string[] Distillation(string work) =>
        ["distill-blocks", "--parent", Parent, "--text", Text, "--work", this[work], "--sequence", "32", "--bld-steps", "3"];

    /// <summary>How many variants and scores a work folder holds.</summary>
    public int Units(string work)
    {
        string library = Path.Combine(this[work], "library"), variants = Path.Combine(library, "variants"),
            scores = Path.Combine(library, "scores.jsonl");
        int made = Directory.Exists(variants)
            ? Directory.GetFiles(variants, "*.safetensors").Count(file => !Path.GetFileName(file).StartsWith('.'))
            : 0;
        return made + (File.Exists(scores) ? File.ReadLines(scores).Count() : 0);
    }

    /// <summary>Everything a work folder's library holds, by file name; scores in canonical order, which is not that of their
    /// making.</summary>
    public Dictionary<string, string> Library(string work)
    {
        string library = Path.Combine(this[work], "library");
        var content = Directory.GetFiles(Path.Combine(library, "variants")).Append(Path.Combine(library, "library.json"))
            .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));
        string scores = Path.Combine(library, "scores.jsonl");
        if (File.Exists(scores))
            content.Add("scores.jsonl", string.Join('\n', File.ReadLines(scores).Order(StringComparer.Ordinal)));
        return content;
    }

    public void Dispose() => _folder.Dispose();
}
