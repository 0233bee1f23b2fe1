using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Serving;

namespace Puzzle.Tests.Serving;

public sealed class ServableSpaceTests
{
    private static readonly ModelConfig Llama = TinyModel.Config();
    private static readonly SearchSpace Space = SearchSpace.Create(Llama, [50], widthMultiple: 8, withLinear: true);

    [Theory]
    [InlineData(ServingEngine.LlamaCpp, true, false)]
    [InlineData(ServingEngine.Vllm, false, false)]
    [InlineData(ServingEngine.OnnxRuntime, true, true)]
    [InlineData(ServingEngine.Transformers, true, true)]
    public void Restrict_Llama_KeepsTheLinearSubblocksThatTheEngineHas(ServingEngine engine, bool attention, bool ffn)
    {
        SearchSpace found = ServableSpace.Restrict(Llama, Space, engine);
        for (int layer = 0; layer < found.Layers; layer++)
        {
            Assert.Equal(Space.Attention(layer).Where(config => attention || config is not LinearAttentionConfig), found.Attention(layer));
            Assert.Equal(Space.Ffn(layer).Where(config => ffn || config is not LinearFfnConfig), found.Ffn(layer));
        }
    }

    [Fact]
    public void Restrict_FamilyWhoseLayersMustBeAlike_SaysThatNothingIsLeft()
    {
        ModelConfig olmo = Family("olmo2");
        var exception = Assert.Throws<NotSupportedException>(
            () => ServableSpace.Restrict(olmo, SearchSpace.Paper(olmo), ServingEngine.LlamaCpp));
        Assert.Contains("nothing of the search space but the parent", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mistral", ServingEngine.LlamaCpp, "window")]
    [InlineData("llama_dynamic", ServingEngine.OnnxRuntime, "context")]
    [InlineData("phi3", ServingEngine.OnnxRuntime, "context")]
    public void Restrict_ParentThatTheEngineCannotLoad_NamesTheReason(string family, ServingEngine engine, string named)
    {
        ModelConfig parent = Family(family) with { MaxPositions = 128 };
        var exception = Assert.Throws<NotSupportedException>(() => ServableSpace.Restrict(parent, SearchSpace.Paper(parent), engine));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(engine, ServableSpace.EnginesOf(parent));
    }

    [Fact]
    public void EnginesOf_PlainLlama_AreAll() => Assert.Equal(Enum.GetValues<ServingEngine>(), ServableSpace.EnginesOf(Llama));

    [Fact]
    public void Restrict_SpaceOfAnotherParent_IsRefused() =>
        Assert.Throws<ArgumentException>(() => ServableSpace.Restrict(TinyModel.Config(layers: 2), Space, ServingEngine.Vllm));

    [Theory]
    [InlineData(ServingEngine.Vllm, false)]
    [InlineData(ServingEngine.Transformers, false)]
    [InlineData(ServingEngine.LlamaCpp, false)]
    [InlineData(ServingEngine.OnnxRuntime, true)]
    public void Restrict_WindowsThatTheParentHasNot_StayForOnnxRuntimeAlone(ServingEngine engine, bool stay)
    {
        SearchSpace space = SearchSpace.Create(Llama, [50], widthMultiple: 8, withLinear: false, windows: [4, 8]);
        SearchSpace found = ServableSpace.Restrict(Llama, space, engine);
        Assert.Equal(stay, found.AllAttention.Any(config => config is GroupedQueryAttentionConfig { Window: not null }));
        Assert.Contains(new GroupedQueryAttentionConfig(1), found.AllAttention);

        Architecture child = Llama.Architecture.With(
            1, Llama.Architecture[1] with { Attention = (GroupedQueryAttentionConfig)Llama.Architecture[1].Attention with { Window = 4 } });
        Assert.Equal(stay, ServableSpace.EnginesOf(Llama with { Architecture = child }).Contains(engine));
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Restrict_WindowsOfDifferentLayers_AreNotMixed(string family)
    {
        ModelConfig parent = Family(family);
        parent = parent with
        {
            Architecture = new Architecture(parent.Architecture.Select(
                block => block with { Attention = (GroupedQueryAttentionConfig)block.Attention with { Window = null } })),
        };
        SearchSpace space = SearchSpace.Create(parent, [], widthMultiple: 8, withLinear: false, windows: [4, 8]);
        var exception = Assert.Throws<NotSupportedException>(() => ServableSpace.Restrict(parent, space, ServingEngine.Transformers));
        Assert.Contains("nothing of the search space but the parent", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EnginesOf_MixtureWithDenseLayersWhereItsFamilyHasThem_AreThoseOfItsFamily()
    {
        ModelConfig uniform = Family("qwen3_moe");
        ModelConfig mixed = uniform with
        {
            Architecture = uniform.Architecture.With(0, uniform.Architecture[0] with { Ffn = new GatedFfnConfig(24) }),
        };
        Assert.Contains(ServingEngine.Vllm, ServableSpace.EnginesOf(mixed));
        Assert.Contains(ServingEngine.Transformers, ServableSpace.EnginesOf(mixed));

        var fewer = (MixtureFfnConfig)uniform.Architecture[1].Ffn;
        Architecture odd = mixed.Architecture.With(1, mixed.Architecture[1] with { Ffn = fewer with { Experts = fewer.Experts - 1 } });
        Assert.DoesNotContain(ServingEngine.Vllm, ServableSpace.EnginesOf(mixed with { Architecture = odd }));
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(8, true)]
    [InlineData(12, false)]
    public void EnginesOf_AttentionWithSinks_AreOnnxRuntimeForHeadsThatItsOperatorTakes(int headSize, bool loads)
    {
        ModelConfig model = Llama with { HeadSize = headSize, Attention = new AttentionFeatures { Sinks = true } };
        Assert.Equal(loads, ServableSpace.EnginesOf(model).Contains(ServingEngine.OnnxRuntime));
        Assert.Contains(ServingEngine.OnnxRuntime, ServableSpace.EnginesOf(model with { Attention = new AttentionFeatures() }));
    }

    private static ModelConfig Family(string name)
    {
        using CheckpointFolder folder = CheckpointFolder.Open(Path.Combine(SharedData.Require("families"), name, "a"));
        return folder.Config;
    }
}
