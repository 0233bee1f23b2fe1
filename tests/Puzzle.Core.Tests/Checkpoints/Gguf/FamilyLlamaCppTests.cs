using System.Globalization;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;
using Puzzle.Tests.Text;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Gguf;

/// <summary>Models of every family give the log-probabilities in llama.cpp that they give here.</summary>
[Trait("Engine", "LlamaCpp")]
public sealed class FamilyLlamaCppTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-3;

    // That engine looks GELU up in a table of half precision.
    private const double GemmaTolerance = 1e-2;

    // What each checkpoint is changed to so that the engine can run it: it has windows in fixed patterns only.
    private static readonly Dictionary<string, Func<ModelConfig, ModelConfig>> Changes = new()
    {
        ["mistral"] = WithoutWindows,
        ["gpt_oss"] = config => config with { RopeScaling = ((YarnRopeScaling)config.RopeScaling!) with { RoundRange = true } },
        ["gemma3"] = config =>
            config with { Architecture = new Architecture([.. Enumerable.Range(0, 7).Select(layer => Gemma3Block(layer, config))]) },
    };

    // Narrower everywhere; or with layers of their own, which needs what computes as Llama does.
    private static readonly (string Family, string Blocks)[] Children =
    [
        ("qwen2", "gqa-1/40 gqa-2/52 noop/24"),
        ("mistral", "gqa-1/50 gqa-2/20 gqa-2/noop"),
        ("llama_yarn", "gqa-1/24 noop/38 linear/38"),
        ("llama_linear", "gqa-1/24 gqa-1/38 gqa-1/noop"),
        ("olmo2", "gqa-1/20 gqa-1/20 gqa-1/20"),
        ("qwen3", "gqa-1/20 gqa-1/20 noop/noop"),
        ("phi3", "gqa-1/20 gqa-1/20 gqa-1/20"),
        ("granite", "gqa-1/20 gqa-1/20 gqa-1/20"),
    ];

    [Fact]
    public void Export_EveryFamily_HasOurLogProbabilitiesInLlamaCpp()
    {
        string root = SharedData.Require("families");
        using var folder = new TemporaryFolder();
        string[] families = [.. Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        var cases = new List<(string Name, LlamaCppCase Case, float[] Expected)>();
        foreach (string family in families)
        {
            using CausalLanguageModel model = Load(Path.Combine(root, family, "a"), Changes.GetValueOrDefault(family, config => config));
            Add(folder, cases, family, model, family == "llama_dynamic" ? 40 : 60);
        }
        Check(cases);
    }

    [Fact]
    public void Export_Children_HaveOurLogProbabilitiesInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        string families = SharedData.Require("families");
        var cases = new List<(string, LlamaCppCase, float[])>();
        foreach ((string family, string blocks) in Children)
        {
            ModelConfig parent = CheckpointFolder.Open(Path.Combine(families, family, "a")).Config;
            var architecture = new Architecture([.. blocks.Split(' ').Select(BlockConfig.Parse)]);
            using CausalLanguageModel model = TinyModel.Loud(parent with { Architecture = architecture });
            Add(folder, cases, $"{family} {blocks}", model, 60);
        }
        Check(cases);
    }

    [Fact]
    public void Export_CapsAndHeadsThatTheEngineTakesForGranted_HaveOurLogProbabilitiesInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        string families = SharedData.Require("families");
        var cases = new List<(string, LlamaCppCase, float[])>();
        foreach ((string family, Func<ModelConfig, ModelConfig> change) in Changed())
        {
            ModelConfig parent = CheckpointFolder.Open(Path.Combine(families, family, "a")).Config;
            using CausalLanguageModel model = TinyModel.Loud(change(Changes.GetValueOrDefault(family, config => config)(parent)));
            Add(folder, cases, family, model, 60);
        }
        Check(cases);

        static IEnumerable<(string Family, Func<ModelConfig, ModelConfig> Change)> Changed()
        {
            yield return ("gemma2", config => config with { LogitSoftCap = null, Attention = config.Attention with { SoftCap = null } });
            foreach (string family in (string[])["gpt_oss", "olmo2", "qwen3_moe"])
                yield return (family, config => config with { TieWordEmbeddings = true });
        }
    }

    [Theory]
    [InlineData("mistral", "window")]
    [InlineData("gemma3", "window")]
    public void Export_WindowsThatTheEngineLacks_IsRefusedAndWritesNothing(string family, string named)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "model.gguf");
        using CausalLanguageModel model = CausalLanguageModel.Load(Path.Combine(SharedData.Require("families"), family, "a"));
        var exception = Assert.Throws<NotSupportedException>(() => GgufExporter.Export(model, file, Options));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Export_HeadOfItsOwnWhereTheEngineHasNone_IsRefused()
    {
        using var folder = new TemporaryFolder();
        ModelConfig config = CheckpointFolder.Open(Path.Combine(SharedData.Require("families"), "gemma2", "a")).Config;
        using CausalLanguageModel model = TinyModel.Loud(config with { TieWordEmbeddings = false });
        var exception = Assert.Throws<NotSupportedException>(
            () => GgufExporter.Export(model, Path.Combine(folder.Path, "model.gguf"), Options));
        Assert.Contains("head is the embedding", exception.Message, StringComparison.Ordinal);
    }

    private static GgufExportOptions Options { get; } = new()
    {
        Tokenizer = SpaceMarkTokenizer(),
        TensorType = GgufTensorType.F32,
        AllowApproximateTokenizer = true,
    };

    private static ModelConfig WithoutWindows(ModelConfig config) => config with
    {
        Architecture = new Architecture([.. config.Architecture.Select(block =>
            block with { Attention = (GroupedQueryAttentionConfig)block.Attention with { Window = null } })]),
    };

    private static BlockConfig Gemma3Block(int layer, ModelConfig config)
    {
        var attention = new GroupedQueryAttentionConfig(1);
        return new BlockConfig(layer % 6 < 5 ? attention with { Window = 12, Rotary = 1 } : attention, config.Architecture[0].Ffn);
    }

    /// <summary>Loads a checkpoint, whose shape may be changed: layers beyond its own take the weights of those before.</summary>
    private static CausalLanguageModel Load(string path, Func<ModelConfig, ModelConfig> change)
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Load(path);
        ModelConfig config = change(model.Config);
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        return CausalLanguageModel.Create(
            config, name => weights.GetValueOrDefault(name, weights[Earlier(name, model.Config.Layers)]).clone());
    }

    private static string Earlier(string name, int layers)
    {
        string[] parts = name.Split('.', 4);
        return parts.Length < 4
            ? name
            : WeightNames.LayerPrefix(int.Parse(parts[2], CultureInfo.InvariantCulture) % layers) + parts[3];
    }

    private static void Add(
        TemporaryFolder folder, List<(string Name, LlamaCppCase Case, float[] Expected)> cases, string name, CausalLanguageModel model,
        int length)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(i => 3 + (i * 37 % 90))];
        string file = Path.Combine(folder.Path, $"{cases.Count}.gguf");
        GgufExporter.Export(model, file, Options);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor input = tensor(ids, [1, ids.Length]).to(ScalarType.Int64);
        cases.Add((name, new LlamaCppCase(file, ids, []), nn.functional.log_softmax(model.Forward(input), -1).data<float>().ToArray()));
    }

    private void Check(List<(string Name, LlamaCppCase Case, float[] Expected)> cases)
    {
        IReadOnlyList<LlamaCppResult> results = LlamaCpp.Run([.. cases.Select(entry => entry.Case)]);
        var wrong = new List<string>();
        foreach (((string name, _, float[] expected), LlamaCppResult result) in cases.Zip(results))
        {
            float[] actual = [.. result.LogProbabilities.SelectMany(row => row)];
            Assert.Equal(expected.Length, actual.Length);
            double difference = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
            output.WriteLine($"{name}: {difference:E1}");
            if (!(difference <= (
                name.StartsWith("gemma", StringComparison.Ordinal) ? GemmaTolerance : Tolerance))) wrong.Add($"{name}: {difference:E1}");
        }
        Assert.Empty(wrong);
    }

    /// <summary>A tokenizer of few letters that marks spaces as SentencePiece does.</summary>
    private static Tokenizer SpaceMarkTokenizer()
    {
        var vocabulary = "\u2581abcdefghijklmnopqrstuvwxyz".Index()
            .ToDictionary(letter => letter.Item.ToString(), letter => letter.Index + 3);
        vocabulary["<0x0A>"] = 2;
        return Tokenizer.Parse(JsonSerializer.Serialize(new
        {
            added_tokens = new[] { new { id = 0, content = "<unk>", special = true }, new { id = 1, content = "<s>", special = true } },
            pre_tokenizer = new { type = "Metaspace", replacement = "\u2581", prepend_scheme = "never", split = false },
            model = new { type = "BPE", byte_fallback = true, vocab = vocabulary, merges = Array.Empty<string[]>() },
        }), """{"bos_token":"<s>"}""");
    }
}
