using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.ConsoleApp;
using Puzzle.Deployment.Export;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Measurement.Tasks;
using Puzzle.Models;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Search.Solving;
using Puzzle.Tests.Checkpoints.Gguf;
using Puzzle.Text;

namespace Puzzle.Tests;

/// <summary>The right answer of each fault of the shared data, as a check of the file at a path.</summary>
internal static class FaultAnswers
{
    private const string Parent = "TinyStories-656K";

    public static IReadOnlyDictionary<string, Action<string>> All { get; } = new Dictionary<string, Action<string>>
    {
        ["lib_1e-05/block_library.json"] = path => Assert.Contains(
            SearchStatus.Optimal, Optimum(path, 6.338015e-06, 440, "c0", "c1").Select(result => result.Status)),
        ["big_1e-05/block_library.json"] = path => Optimum(path, 1.6220019e-05, 2200, "c0", "c1", "c2", "c3", "c4"),
        ["tokenizer_config-no-bos-eos.json"] = IdsOfTheModel,
        ["generation_config-two-eos.json"] = BothEnds,
        ["chat_template.jinja"] = TemplateTravels,
        ["index-names-single-file.json"] = path => WithParent("model.safetensors.index.json", path, folder =>
        {
            using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
            Assert.Equal(2048 * 128, checkpoint.Read(WeightNames.Embedding).numel());
        }),
        ["config-bom.json"] = path => Assert.Equal(128, HuggingFaceConfig.Read(path).HiddenSize),
        ["pairs-bom.json"] = path => Assert.Equal(
            [[], [BlockConfig.Parse("gqa-2/384")]], PairFile.Read(path, layers: 2)),
        ["lam_ls.jsonl"] = path => Assert.Equal(2, LambadaReader.Read(path).Count),
        ["mmlu-blank-line/anatomy_test.csv"] = path => Assert.Equal(2, MmluReader.Read(path).Count),
        ["block_library-nonutf8.json"] = path => Refused(path, () => BlockLibraryFile.Read(path)),
        ["replacements-string-index.json"] = path => Refused(path, () => PuzzletronFiles.ReadReplacements(path)),
        ["solutions-string-index.json"] = path => Refused(path, () => PuzzletronFiles.ReadSolutions(path, Corpus.Library())),
        ["tokenizer-surrogate-key.json"] = path => Refused(path, () => Tokenizer.Load(path)),
        ["tokenizer-bomb.json"] = Bounded,
        ["tokenizer-redos.json"] = Bounded,
        ["tokenizer-redos-load.json"] = Bounded,
        ["long-piece.model"] = Bounded,
    };

    // Every solver finds it, or says honestly that it has not.
    private static List<SearchResult> Optimum(string path, double optimum, double bound, params string[] costs)
    {
        SearchProblem problem = BlockLibraryFile.Read(path).ToProblem(ScoreMetric.KlDivergence.Name) with
        {
            Constraints = [.. costs.Select(cost => new ResourceConstraint(new CostName(cost), bound))],
        };
        var limit = TimeSpan.FromSeconds(5);
        IArchitectureSolver[] solvers =
        [
            new ArchitectureSolver(new ArchitectureSolverOptions { TimeLimit = limit }),
            new ExactArchitectureSolver(new ExactSolverOptions { TimeLimit = limit }),
            .. Enum.GetValues<MipBackend>().Select(
                backend => new MipArchitectureSolver(new MipSolverOptions { Backend = backend, TimeLimit = limit })),
        ];
        List<SearchResult> results = [.. solvers.Select(solver => solver.Solve(problem))];
        foreach (SearchResult result in results)
        {
            if (result.Status == SearchStatus.Optimal)
                Assert.Equal(optimum, result.Objective, tolerance: 1e-6 * optimum);
            else if (result.Choice.Count > 0)
                Assert.True(result.Objective >= optimum * (1 - 1e-6), $"{result.Solver}: {result.Objective}");
        }
        return results;
    }

    private static void IdsOfTheModel(string path) => WithParent("tokenizer_config.json", path, folder =>
    {
        File.Delete(Path.Combine(folder, "special_tokens_map.json"));
        File.Delete(Path.Combine(folder, "generation_config.json"));
        Tokenizer tokenizer = Tokenizer.Load(folder);
        Assert.Equal((1, 2), (tokenizer.BeginOfTextId, tokenizer.EndOfTextId));
        Assert.Contains(TokenCorpus.FromTexts(tokenizer, ["Once", "upon"])[0].ToArray(), id => id is 1 or 2);
        Dictionary<string, object> metadata = Gguf(folder);
        Assert.Equal((1u, 2u), (metadata["tokenizer.ggml.bos_token_id"], metadata["tokenizer.ggml.eos_token_id"]));
    });

    private static void BothEnds(string path) => WithParent("generation_config.json", path, folder =>
    {
        using CausalLanguageModel model = CausalLanguageModel.Load(folder);
        Assert.Equal([2, 10], model.Config.EndOfTextIds);
        OnnxExporter.Export(model, Path.Combine(folder, "onnx"));
        Assert.Equal([2, 10], GenAiConfig.Read(Path.Combine(folder, "onnx")).Model.EosTokenId);
        Dictionary<string, object> metadata = Gguf(folder);
        Assert.Equal((2u, 10u), (metadata["tokenizer.ggml.eos_token_id"], metadata["tokenizer.ggml.eot_token_id"]));
    });

    private static void TemplateTravels(string path) => WithParent("chat_template.jinja", path, folder =>
    {
        string template = File.ReadAllText(path), child = Path.Combine(folder, "child"), onnx = Path.Combine(folder, "onnx");
        using CausalLanguageModel model = CausalLanguageModel.Load(folder);
        model.Save(child, options: new CheckpointWriterOptions { TokenizerFolder = folder });
        OnnxExporter.Export(model, onnx, new OnnxExportOptions { TokenizerFolder = folder });
        Assert.Equal(template, Tokenizer.Load(child).ChatTemplate);
        Assert.Equal(template, Tokenizer.Load(onnx).ChatTemplate);
        Assert.Equal(template, Gguf(folder)["tokenizer.chat_template"]);
    });

    private static Dictionary<string, object> Gguf(string folder)
    {
        string file = Path.Combine(folder, "model.gguf");
        using CausalLanguageModel model = CausalLanguageModel.Load(folder);
        GgufExporter.Export(
            model, file, new GgufExportOptions { Tokenizer = Tokenizer.Load(folder), AllowApproximateTokenizer = true });
        return GgufFile.Read(file).Metadata;
    }

    /// <summary>Puts a file beside a copy of a real parent.</summary>
    private static void WithParent(string name, string path, Action<string> check)
    {
        string parent = SharedData.Require(Parent);
        using var folder = new TestFolder();
        foreach (string file in Directory.GetFiles(parent))
            File.WriteAllBytes(folder[Path.GetFileName(file)], File.ReadAllBytes(file));
        File.WriteAllBytes(folder[name], File.ReadAllBytes(path));
        check(folder.Path);
    }

    private static void Refused(string path, Action read) =>
        Assert.StartsWith(path, Assert.Throws<CheckpointFormatException>(read).File, StringComparison.Ordinal);

    // Refused, when read or when used, or read; in bounded memory either way.
    private static void Bounded(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Tokenizer.Load(path).Encode(new string('a', 5000) + "!");
        }
        catch (CheckpointFormatException refused)
        {
            Assert.Contains(Path.GetFileName(path), refused.Message, StringComparison.Ordinal);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, FuzzTests.MostBytes);
    }
}
