using Puzzle.Foundation;

namespace Puzzle.Tests.Checkpoints;

public sealed class PerLayerConfigTests
{
    [Theory]
    [InlineData("{}", "gqa-2/12 gqa-2/12")]
    [InlineData("""{"1":{"intermediate_size":5}}""", "gqa-2/12 gqa-2/5")]
    [InlineData("""{"01":{"num_key_value_heads":1},"00":{"skip":["mlp"]}}""", "gqa-2/noop gqa-1/12")]
    [InlineData("""{"0":{"skip":["attention","mlp"],"hidden_act":"silu"},"1":{"skip":[]}}""", "noop/noop gqa-2/12")]
    public void Read_SparseEntries_InheritGlobalSizes(string perLayer, string expected) =>
        Assert.Equal(expected, ConfigText.Read(ConfigText.With(("per_layer_config", perLayer))).Architecture.ToString());

    [Fact]
    public void Read_AnyModel_IsLlama() =>
        Assert.Equal("gqa-2/12 noop/12", ConfigText.Read(ConfigText.With(
            ("architectures", """["AnyModel"]"""), ("base_architecture", "\"LlamaForCausalLM\""), ("per_layer_config", """{"1":{"skip":["attention"]}}"""))).Architecture.ToString());

    [Theory]
    [InlineData("""{"2":{}}""", "'2' is not the index of one of 2 layers")]
    [InlineData("""{"-1":{}}""", "'-1' is not the index")]
    [InlineData("""{"1":{},"01":{}}""", "layer 1 is listed twice")]
    [InlineData("""{"1":{"skip":["norm"]}}""", "skip names 'norm'")]
    [InlineData("""{"1":{"num_experts":3}}""", "num_experts")]
    [InlineData("""{"1":{"hidden_act":"gelu"}}""", "hidden_act")]
    [InlineData("""{"1":{"num_key_value_heads":3}}""", "3 key-value heads")]
    [InlineData("""{"1":{"intermediate_size":0}}""", "width 0")]
    [InlineData("""{"1":[]}""", "expected an object")]
    public void Read_FaultyEntry_Throws(string perLayer, string message)
    {
        var exception = Assert.Throws<CheckpointFormatException>(() => ConfigText.Read(ConfigText.With(("per_layer_config", perLayer))));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OtherBaseOrBothLists_Throws()
    {
        Assert.Throws<CheckpointFormatException>(() => ConfigText.Read(ConfigText.With(("base_architecture", "\"MixtralForCausalLM\""))));
        Assert.Throws<CheckpointFormatException>(
            () => ConfigText.Read(ConfigText.With(("per_layer_config", "{}"), ("block_configs", "[]"))));
    }
}
