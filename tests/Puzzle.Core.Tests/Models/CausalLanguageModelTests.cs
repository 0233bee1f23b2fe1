using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class CausalLanguageModelTests
{
    [Theory]
    [InlineData("stories260K")]
    [InlineData("TinyStories-656K")]
    public void Forward_RealCheckpoint_GivesGoldenLogits(string name)
    {
        IReadOnlyList<GoldenCase> cases = GoldenCase.Read(name);
        using CausalLanguageModel model = CausalLanguageModel.Load(GoldenCase.Folder(name));
        Assert.NotEmpty(cases);
        foreach (GoldenCase golden in cases)
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            float[] logits = model.Forward(Ids(golden.Ids)).select(1, golden.Ids.Length - 1).data<float>().ToArray();
            for (int i = 0; i < golden.LastLogits.Length; i++)
                Assert.Equal(golden.LastLogits[i], logits[i], 1e-4f);
        }
    }

    [Theory]
    [InlineData("stories260K")]
    [InlineData("TinyStories-656K")]
    public void Forward_TokenByTokenWithCache_EqualsWholeSequence(string name)
    {
        GoldenCase golden = GoldenCase.Read(name).MaxBy(item => item.Ids.Length)!;
        using CausalLanguageModel model = CausalLanguageModel.Load(GoldenCase.Folder(name));
        AssertDecodeEqualsPrefill(model, golden.Ids);
    }

    [Fact]
    public void Forward_MixedArchitecture_DecodeEqualsPrefill()
    {
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Mixed());
        AssertDecodeEqualsPrefill(model, [.. Enumerable.Range(5, 40)]);
    }

    [Fact]
    public void Forward_PromptInTwoParts_EqualsWholeSequence()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Mixed());
        int[] ids = [.. Enumerable.Range(3, 21)];
        Tensor whole = model.Forward(Ids(ids)).select(1, 20);
        using var cache = new KeyValueCache(model, 1, 21);
        model.Forward(Ids(ids[..8]), cache);
        Tensor parts = model.Forward(Ids(ids[8..]), cache);
        Assert.True(allclose(whole, parts, rtol: 0, atol: 1e-5));
    }

    [Fact]
    public void Forward_NoOpLayer_IsTheIdentity()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        ModelConfig config = TinyModel.Config(layers: 1) with { Architecture = new Architecture([BlockConfig.Parse("noop/noop")]) };
        using CausalLanguageModel model = TinyModel.Create(config);
        Tensor ids = Ids([1, 2, 3]);
        Assert.True(model.Logits(model.Embed(ids)).equal(model.Forward(ids)).all().item<bool>());
        Assert.Equal(["model.embed_tokens.weight", "model.norm.weight"], model.Weights.Select(weight => weight.Key));
    }

    [Fact]
    public void Weights_MixedArchitecture_AreThoseOfTheCheckpointFormat()
    {
        ModelConfig config = TinyModel.Mixed();
        using CausalLanguageModel model = TinyModel.Create(config);
        var expected = Puzzle.Architectures.WeightNames.Model(config);
        Assert.Equal(expected.Select(weight => weight.Name).Order(StringComparer.Ordinal),
            model.Weights.Select(weight => weight.Key).Order(StringComparer.Ordinal));
        Assert.Equal(expected.Sum(weight => weight.ElementCount), model.ParameterCount);
    }

    [Fact]
    public void Create_WrongShape_NamesTheWeight()
    {
        using CausalLanguageModel model = TinyModel.Create();
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        var error = Assert.Throws<ArgumentException>(() => CausalLanguageModel.Create(
            model.Config, name => name.EndsWith("1.mlp.up_proj.weight", StringComparison.Ordinal) ? zeros(1, 32) : weights[name].clone()));
        Assert.Contains("mlp.up_proj.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_LongerThanMaxPositions_Throws()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Forward(zeros(1, 65, dtype: ScalarType.Int64)));
    }

    [Fact]
    public void SaveAndLoad_MixedArchitecture_IsBitForBitTheSame()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Mixed());
        string folder = Directory.CreateTempSubdirectory("puzzle-model").FullName;
        model.Save(Path.Combine(folder, "child"));
        using CausalLanguageModel loaded = CausalLanguageModel.Load(Path.Combine(folder, "child"));
        Assert.Equal(model.Config.Architecture, loaded.Config.Architecture);
        foreach (((string name, Tensor weight), (string otherName, Tensor other)) in model.Weights.Zip(loaded.Weights))
        {
            Assert.Equal(name, otherName);
            Assert.True(weight.equal(other).all().item<bool>(), name);
        }
        Directory.Delete(folder, recursive: true);
    }

    private static void AssertDecodeEqualsPrefill(CausalLanguageModel model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor whole = model.Forward(Ids(ids));
        using var cache = new KeyValueCache(model, 1, ids.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            Tensor step = model.Forward(Ids([ids[i]]), cache);
            Assert.True(allclose(whole.select(1, i), step, rtol: 0, atol: 1e-4), $"position {i}");
        }
    }

    private static Tensor Ids(int[] ids) => tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]);
}
