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

    private static ModelConfig Family(string name)
    {
        using CheckpointFolder folder = CheckpointFolder.Open(Path.Combine(SharedData.Require("families"), name, "a"));
        return folder.Config;
    }
}
