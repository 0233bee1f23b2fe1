using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Puzzle.ConsoleApp;
using Puzzle.CustomProfiler;
using Puzzle.CustomScorer;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Reporting;
using Puzzle.Reporting.Html;
using Puzzle.Search;
using Puzzle.Tests.Reporting;
using Puzzle.Text;
using TorchSharp;

namespace Puzzle.Tests;

/// <summary>Everything that reads the files of a run, and those of the samples.</summary>
internal static class RunReaders
{
    private static readonly Recipe Recipe = new Recipe("test", 1).With("Steps", 3).With("Text", "a \u00E9");

    public static IEnumerable<Reader> All() =>
    [
        new("report", RunReport.JsonFileName, [SavedReport()], path => HtmlReport.Render(RunReport.Read(path))) { Cost = 5 },
        new("pairs", "pairs.json", [Corpus.Utf8("""[["gqa-2/16","noop/noop"],[]]""")], path => PairFile.Read(path, layers: 2)),
        new("start", "start.json", Corpus.WrittenIn(folder => new RunStart("p", "t", "f").Write(folder), "start.json"),
            path => RunStart.Find(Path.GetDirectoryName(path)!)),
        new("recipe", "recipe.json", [Corpus.Utf8(RecipeJson.Write(Recipe))],
            path => RecipeJson.TryRead(File.ReadAllBytes(path), Recipe.Fingerprint)),
        new("digests", FolderDigests.FileName, Corpus.WrittenIn(folder => FolderDigests.Of(folder).Write(folder), FolderDigests.FileName),
            path => FolderDigests.Check(Path.GetDirectoryName(path)!, "model.bin")),
        Sealed("sealeddigests", """{"identity":"i","files":{"a.bin":"0123"}}""", FileJson.Default.FolderDigests),
        Sealed("sealedtexts", "[[1,2],[3]]", FileJson.Default.Int32ArrayArray),
        Sealed("sealedinputs", """{"values":{"the parent":"x"}}""", RecordJson.Default.RunInputs),
        Sealed("sealedstart", """{"Parent":"p","Target":"t","Folder":"f"}""", ConsoleJson.Default.RunStart),
        Sealed("sealedcosts", JsonSerializer.Serialize(new Kept<CostTable>("k", Costs()), RecordJson.Default.KeptCostTable),
            RecordJson.Default.KeptCostTable),
        Sealed("sealedanswer", JsonSerializer.Serialize(new Kept<SearchResult>("k", Answer()), RecordJson.Default.KeptSearchResult),
            RecordJson.Default.KeptSearchResult),
        new("training", "state.safetensors", TrainingStates(), ReadTraining) { Cost = 100 },
        new("questions", "questions.jsonl", [Corpus.Utf8("""{"question":"a","choices":["a","b"],"answer":1}""")],
            path => Question.Read(path, Letters)),
        new("costscsv", "costs.csv", [Corpus.Utf8(CostLines())],
            path => new CsvProfiler(path).ProfileAsync(Request()).GetAwaiter().GetResult()),
    ];

    private static Tokenizer Letters { get; } = Tokenizer.Parse(System.Text.Encoding.UTF8.GetString(Corpus.Tokenizers()[0]));

    // What it holds is read, as if the digest were right: a digest alone refuses nearly all damage.
    private static Reader Sealed<T>(string name, string json, JsonTypeInfo<T> type)
        where T : class => new(name, "sealed.json", [Corpus.Utf8(json)], path =>
        {
            File.WriteAllBytes(path, SealedJson.Seal(File.ReadAllBytes(path)));
            SealedJson.Find(path, type);
        });

    private static byte[] SavedReport() => Corpus.WrittenIn(folder => SampleReport.Create().Save(folder), RunReport.JsonFileName)[0];

    private static ProfilingRequest Request() => new(
        TinyModel.Config(), [new Architectures.GroupedQueryAttentionConfig(2)], [new Architectures.GatedFfnConfig(16)],
        new Workload(1, 4, 4));

    private static string CostLines() => "kind,config,prefill_ms,decode_ms\nattention,gqa-2,1,2\nffn,16,1,2\nnon-block,all,0.5,1\n";

    private static CostTable Costs() => MemoryModel.Table(Request());

    private static SearchResult Answer() =>
        new Search.Solving.ExactArchitectureSolver().Solve(Corpus.Library().ToProblem(ScoreMetric.KlDivergence.Name));

    private static IReadOnlyList<byte[]> TrainingStates() => Corpus.Written(path =>
    {
        using CausalLanguageModel model = Small();
        using AdamW optimizer = OptimizerOf(model);
        TrainingCheckpoint.Save(path, Recipe, model, optimizer, []);
    });

    private static void ReadTraining(string path)
    {
        using var scope = torch.NewDisposeScope();
        using CausalLanguageModel model = Small();
        using AdamW optimizer = OptimizerOf(model);
        TrainingCheckpoint.ReadRecipe(path);
        TrainingCheckpoint.TryRestore(path, Recipe, model, optimizer);
    }

    private static CausalLanguageModel Small() => TinyModel.Create(TinyModel.Config(layers: 1) with { HiddenSize = 8, HeadSize = 2 });

    private static AdamW OptimizerOf(CausalLanguageModel model) =>
        AdamW.Create([.. model.Weights.Select(weight => weight.Value)], new AdamWOptions());
}
