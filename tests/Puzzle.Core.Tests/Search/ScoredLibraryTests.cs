using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Serving;

namespace Puzzle.Tests.Search;

public sealed class ScoredLibraryTests
{
    private static readonly ScoredLibrary Library = new([[new ScoredVariant(
        "a", new Dictionary<string, double> { ["kl_div"] = 2, ["accuracy"] = 3 }, new Dictionary<CostName,
            double> { [Problems.Cost] = 4 }) { IsParent = true }]]);

    [Fact]
    public void ToProblem_WeightedMetrics_AddsThem()
    {
        SearchProblem problem = Library.ToProblem(new Dictionary<string, double> { ["kl_div"] = 1, ["accuracy"] = -0.5 });
        Assert.Equal(0.5, problem.Layers[0][0].Score);
        Assert.True(problem.Layers[0][0].IsParent);
    }

    [Fact]
    public void ToProblem_UnknownMetric_NamesTheKnownOnes()
        => Assert.Contains(
            "kl_div, accuracy", Assert.Throws<ArgumentException>(() => Library.ToProblem("loss")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(ServingEngine.Vllm, "own noop/noop")]
    [InlineData(ServingEngine.LlamaCpp, "own linear/noop noop/noop")]
    [InlineData(ServingEngine.Transformers, "own linear/noop noop/linear noop/noop")]
    public void ServableBy_Llama_KeepsWhatTheEngineLoads(ServingEngine engine, string kept)
    {
        ModelConfig parent = TinyModel.Config();
        ScoredLibrary found = Made(parent, "linear/noop", "noop/linear", "noop/noop").ServableBy(parent, engine);

        Assert.Equal(parent.Layers, found.Layers.Count);
        Assert.All(found.Layers, layer => Assert.Equal(kept.Split(' '), layer.Select(variant => variant.Name)));
    }

    [Fact]
    public void ServableBy_UnknownBlockOrOtherParent_IsRefused()
    {
        ModelConfig parent = TinyModel.Config();
        ScoredLibrary unknown = Made(parent) with { Layers = [.. Made(parent).Layers.Select(
            layer => (IReadOnlyList<ScoredVariant>)[layer[0] with { Block = null }])] };

        Assert.Contains(
            "'own' at layer 0", Assert.Throws<ArgumentException>(() => unknown.ServableBy(parent, ServingEngine.Vllm)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Library.ServableBy(TinyModel.Config(layers: 2), ServingEngine.Vllm));
    }

    private static ScoredLibrary Made(ModelConfig parent, params string[] others) => new(
    [
        .. parent.Architecture.Select(own => (IReadOnlyList<ScoredVariant>)
        [
            Variant("own", own) with { IsParent = true }, .. others.Select(name => Variant(name, BlockConfig.Parse(name))),
        ]),
    ]);

    private static ScoredVariant Variant(string name, BlockConfig block) =>
        new(name, new Dictionary<string, double>(), new Dictionary<CostName, double>()) { Block = block };
}
