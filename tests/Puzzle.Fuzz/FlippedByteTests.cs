using System.Globalization;
using Puzzle.Checkpoints.Gguf;
using Puzzle.ConsoleApp;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Reporting;
using Puzzle.Search.Interchange;
using Puzzle.Tests.Reporting;
using Puzzle.Text;

namespace Puzzle.Tests;

/// <summary>
/// One byte flipped in what is written beside models: what is read is the same, is refused by name, or counts as absent and is made anew.
/// More of them by hand with <c>PUZZLE_FLIPS</c>.
/// </summary>
public sealed class FlippedByteTests : IDisposable
{
    private const int Few = 40;
    private static readonly Recipe Recipe = new Recipe("test", 1).With("Steps", 3);

    private readonly TestFolder _folder = new();
    private readonly CausalLanguageModel _model = TinyModel.Loud(
        TinyModel.Config(layers: 1) with { BeginOfTextId = 1, EndOfTextIds = [2] });

    public static TheoryData<string> Kinds => ["report", "start", "recipe", "time", "library", "scores", "gguf", "sampled"];

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_AnyByteFlipped_IsTheSameRefusedOrMadeAnew(string kind)
    {
        string folder = Directory.CreateDirectory(_folder[kind]).FullName;
        Write(kind, folder);
        string? expected = Read(kind, folder);
        Assert.NotNull(expected);
        string[] files = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => new FileInfo(file).Length > 0).Order(StringComparer.Ordinal)];
        var whole = files.ToDictionary(file => file, File.ReadAllBytes);
        var random = new Random(6);
        int flips = int.TryParse(Environment.GetEnvironmentVariable("PUZZLE_FLIPS"), CultureInfo.InvariantCulture, out int number)
            ? number
            : Few;
        for (int i = 0; i < flips; i++)
        {
            string file = files[i % files.Length];
            byte[] damaged = [.. whole[file]];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);
            try
            {
                string? found = Read(kind, folder);
                Assert.True(found is null || found == expected, $"{file}: {found}");
            }
            catch (CheckpointFormatException refused)
            {
                Assert.Equal(folder, Path.GetDirectoryName(refused.File));
            }
            foreach ((string path, byte[] content) in whole)
                File.WriteAllBytes(path, content);
        }
    }

    // One that llama.cpp has too.
    private Tokenizer Bytes()
    {
        File.WriteAllText(_folder["vocab.json"], """{"a":0,"b":1,"ab":2,"<|endoftext|>":3}""");
        File.WriteAllText(_folder["merges.txt"], "a b\n");
        return Tokenizer.FromVocabularyAndMerges(_folder["vocab.json"], _folder["merges.txt"]);
    }

    private void Write(string kind, string folder)
    {
        switch (kind)
        {
            case "report":
                SampleReport.Create().Save(folder);
                break;
            case "start":
                new RunStart("parent", "target", "folder").Write(folder);
                break;
            case "recipe":
                new RecipeFolder(folder).Add(Recipe);
                break;
            case "time":
                new TimeCache(folder).Store(Recipe, new MeasuredTime("t", new Timing(1.5, 0.25, 3), new Timing(0.5, 0, 3)));
                break;
            case "library":
                BlockLibraryFile.Write(Path.Combine(folder, "block_library.json"), Corpus.Library());
                break;
            case "scores":
                using (var journal = new ScoreJournal(Path.Combine(folder, ScoreJournal.FileName)))
                    journal.Add(new BlockScore("block", 0, "gqa-2/16", "data", new Dictionary<string, double> { ["kl_div"] = 0.5 }));
                break;
            default:
                Read(kind, folder);
                break;
        }
    }

    // Null where it counts as absent.
    private string? Read(string kind, string folder)
    {
        switch (kind)
        {
            case "report":
                RunReport.Read(folder).Save(_folder["again"]);
                return File.ReadAllText(Path.Combine(_folder["again"], RunReport.JsonFileName));
            case "start":
                return RunStart.Find(folder)?.ToString();
            case "recipe":
                return new RecipeFolder(folder).Find(Recipe.Fingerprint)?.ToString();
            case "time":
                return new TimeCache(folder).Find(Recipe)?.ToString();
            case "library":
                BlockLibraryFile.Write(_folder["again.json"], BlockLibraryFile.Read(Path.Combine(folder, "block_library.json")));
                return File.ReadAllText(_folder["again.json"]);
            case "scores":
                using (var journal = new ScoreJournal(Path.Combine(folder, ScoreJournal.FileName)))
                    return journal.Find("block", "data")?.Metrics["kl_div"].ToString(CultureInfo.InvariantCulture);
            case "gguf":
                // Nothing of ours reads it; made again, it is whole.
                string file = Path.Combine(folder, "model.gguf");
                GgufExporter.Export(_model, file, new GgufExportOptions { Tokenizer = Bytes() });
                return Convert.ToHexString(File.ReadAllBytes(file));
            default:
                var sampled = new SampledCorpus(
                    new(_model, "parent"), folder, new SampledCorpusOptions { TextsPerFile = 2, MaxNewTokens = 12, Workers = 1 });
                return string.Join(' ', sampled.Texts().Take(8).SelectMany(text => text));
        }
    }
}
