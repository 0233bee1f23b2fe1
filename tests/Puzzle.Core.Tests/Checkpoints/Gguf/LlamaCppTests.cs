using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Fusion;
using Puzzle.Models;
using Puzzle.Tests.Text;
using Puzzle.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Gguf;

[Trait("Engine", "LlamaCpp")]
public sealed class LlamaCppTests(ITestOutputHelper output)
{
    private const string Story = "Once upon a time, there was a little girl named Lily. She loved to play outside";

    private static readonly string[] Children =
    [
        "",
        "1:gqa-2/172 3:gqa-1/172",
        "0:gqa-1/172",
        "2:gqa-4/64 4:gqa-4/40",
        "2:noop/172",
        "0:noop/172",
        "4:noop/172",
        "2:gqa-4/noop",
        "4:gqa-2/noop",
        "0:linear/172 2:linear/172",
        "1:linear/noop",
        "0:noop/noop 2:noop/noop 4:noop/noop",
        "0:noop/96 1:linear/64 2:noop/noop 3:gqa-2/noop 4:noop/172",
    ];

    [Fact]
    public void Export_ChildrenOfARealModel_HaveOurLogProbabilitiesInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        int[] ids = StoriesChild.LoadTokenizer().Encode(Story);
        var cases = new List<LlamaCppCase>();
        var expected = new List<float[]>();
        foreach (string changes in Children)
        {
            using CausalLanguageModel model = StoriesChild.Create(changes);
            cases.Add(new LlamaCppCase(Export(folder, $"{cases.Count}.gguf", model, GgufTensorType.F32), ids, []));
            expected.Add(LogProbabilities(model, ids));
        }
        double[] differences = [.. LlamaCpp.Run(cases).Select((result, i) => Difference(expected[i], result))];
        for (int i = 0; i < Children.Length; i++)
            output.WriteLine($"{differences[i]:E1} {Children[i]}");
        Assert.All(differences, difference => Assert.InRange(difference, 0, 1e-3));
    }

    [Fact]
    public void Export_FusedFfns_HaveOurLogProbabilitiesInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        int[] ids = StoriesChild.LoadTokenizer().Encode(Story);
        using CausalLanguageModel child = StoriesChild.Create("1:noop/172 2:noop/96 3:noop/172");
        using CausalLanguageModel fused = FfnFusion.Apply(child, new FusedFfns([], [new FfnGroup([0, 1, 2], 440, 0)]));
        Assert.Equal("gqa-4/noop noop/noop noop/440 noop/172 gqa-4/172", fused.Config.Architecture.ToString());

        LlamaCppResult result = Assert.Single(
            LlamaCpp.Run([new LlamaCppCase(Export(folder, "fused.gguf", fused, GgufTensorType.F32), ids, [])]));

        Assert.InRange(Difference(LogProbabilities(fused, ids), result), 0, 1e-3);
    }

    [Fact]
    public void Export_NarrowerTensorTypes_StayCloseToOursInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        int[] ids = StoriesChild.LoadTokenizer().Encode(Story);
        using CausalLanguageModel model = StoriesChild.Create("1:gqa-2/96");
        float[] expected = LogProbabilities(model, ids);

        IReadOnlyList<LlamaCppResult> results = LlamaCpp.Run(
        [
            new LlamaCppCase(Export(folder, "f16.gguf", model, GgufTensorType.F16), ids, []),
            new LlamaCppCase(Export(folder, "q8.gguf", model, GgufTensorType.Q8), ids, []),
        ]);

        double[] divergences = [.. results.Select(result => Divergence(expected, result) / ids.Length)];
        output.WriteLine($"Kullback-Leibler divergence per token: f16 {divergences[0]:E1}, q8_0 {divergences[1]:E1}");
        Assert.InRange(divergences[0], 0, 2e-4);
        Assert.InRange(divergences[1], divergences[0], 3e-2);
    }

    [Theory]
    [InlineData("gqa-4/48 gqa-4/48")]
    [InlineData("gqa-4/48 gqa-2/16 gqa-1/noop linear/48 noop/48 noop/noop")]
    public void Export_ScaledRotaryUntiedHeadAndOwnHeadSize_HaveOurLogProbabilitiesInLlamaCpp(string blocks)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        ModelConfig config = TinyModel.Mixed()
            with { VocabularySize = 512, HeadSize = 16, Architecture = new Architecture(blocks.Split(' ').Select(BlockConfig.Parse)) };
        Dictionary<string, Tensor> weights = TinyCheckpoint.Weights(config);
        using CausalLanguageModel model = CausalLanguageModel.Create(config, name => weights[name].mul(0.5f.ToScalar()));
        using CausalLanguageModel unscaled = CausalLanguageModel.Create(
            config with { RopeScaling = null }, name => weights[name].mul(0.5f.ToScalar()));
        string file = Export(folder, "model.gguf", model, GgufTensorType.F32);
        int[] ids = [.. Enumerable.Range(0, 60).Select(i => 3 + (i * 37 % 500))];

        LlamaCppResult result = Assert.Single(LlamaCpp.Run([new LlamaCppCase(file, ids, [])]));

        double difference = Difference(LogProbabilities(model, ids), result),
            withoutScaling = Difference(LogProbabilities(unscaled, ids), result);
        output.WriteLine($"{difference:E1}; without scaling {withoutScaling:E1}");
        Assert.InRange(difference, 0, 1e-3);
        Assert.True(withoutScaling > 0.1);
    }

    [Fact]
    public void Export_ModelWithApproximateTokenizer_LoadsAndHasOurLogProbabilitiesInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        string source = SharedData.Require("TinyStories-656K"), file = Path.Combine(folder.Path, "model.gguf");
        using CausalLanguageModel model = CausalLanguageModel.Load(source);
        var tokenizer = Tokenizer.Load(source);
        int[] ids = tokenizer.Encode(Story);
        GgufExporter.Export(model, file, new GgufExportOptions
        {
            Tokenizer = tokenizer,
            TensorType = GgufTensorType.F32,
            AllowApproximateTokenizer = true,
        });

        LlamaCppResult result = Assert.Single(LlamaCpp.Run([new LlamaCppCase(file, ids, [])]));

        double difference = Difference(LogProbabilities(model, ids), result);
        output.WriteLine($"{difference:E1}");
        Assert.InRange(difference, 0, 1e-3);
    }

    [Fact]
    public void Export_Tokenizers_GiveOurTokensInLlamaCpp()
    {
        using var folder = new TemporaryFolder();
        string[] texts = [Story, "Hello, world! 12345", "  two  spaces\nand a\tline", "naïve café 日本語 🙂", "\"Don't!\" she said."];
        string spmFile = SharedData.Require("tokenizer-goldens/ggml-vocab-llama-spm.gguf");
        (Tokenizer Tokenizer, int Size)[] tokenizers =
        [
            (StoriesChild.LoadTokenizer(), 512),
            (SentencePieceConverter.Convert(GgufVocabulary.Read(spmFile), spmFile), 32000),
            (Tokenizer.FromVocabularyAndMerges(
                SharedData.Require("tokenizer-goldens/gpt2_vocab.json"), SharedData.Require("tokenizer-goldens/gpt2_merges.txt")), 50257),
        ];
        var cases = new List<LlamaCppCase>();
        foreach ((Tokenizer tokenizer, int size) in tokenizers)
        {
            using CausalLanguageModel model = TinyModel.Create(TinyModel.Config(layers: 1) with { VocabularySize = size });
            string file = Path.Combine(folder.Path, string.Create(CultureInfo.InvariantCulture, $"{cases.Count}.gguf"));
            GgufExporter.Export(model, file, new GgufExportOptions { Tokenizer = tokenizer });
            cases.Add(new LlamaCppCase(file, [], texts));
        }
        IReadOnlyList<LlamaCppResult> results = LlamaCpp.Run(cases);
        for (int i = 0; i < tokenizers.Length; i++)
            Assert.Equal(texts.Select(text => tokenizers[i].Tokenizer.Encode(text, addSpecialTokens: false)), results[i].Tokens);
    }

    private static string Export(TemporaryFolder folder, string name, CausalLanguageModel model, GgufTensorType type)
    {
        string file = Path.Combine(folder.Path, name);
        GgufExporter.Export(model, file, new GgufExportOptions { Tokenizer = StoriesChild.LoadTokenizer(), TensorType = type });
        return file;
    }

    private static float[] LogProbabilities(CausalLanguageModel model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor input = tensor(ids, [1, ids.Length]).to(ScalarType.Int64);
        return nn.functional.log_softmax(model.Forward(input), -1).data<float>().ToArray();
    }

    private static double Difference(float[] expected, LlamaCppResult result) =>
        Pairs(expected, result).Max(pair => Math.Abs(pair.Expected - pair.Actual));

    private static double Divergence(float[] expected, LlamaCppResult result) =>
        Pairs(expected, result).Sum(pair => Math.Exp(pair.Expected) * (pair.Expected - pair.Actual));

    private static IEnumerable<(double Expected, double Actual)> Pairs(float[] expected, LlamaCppResult result)
    {
        float[] actual = [.. result.LogProbabilities.SelectMany(row => row)];
        Assert.Equal(expected.Length, actual.Length);
        return expected.Zip(actual, (a, b) => ((double)a, (double)b));
    }
}
