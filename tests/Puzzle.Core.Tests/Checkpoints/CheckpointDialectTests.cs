using System.Text.Json.Nodes;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Models;
using Puzzle.Tests.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class CheckpointDialectTests
{
    private const string EveryKind = "gqa-4/48 gqa-2/16 gqa-1/noop linear/linear noop/48 noop/noop";

    [Theory]
    [InlineData(CheckpointDialect.Automatic, "gqa-4/48 gqa-4/48")]
    [InlineData(CheckpointDialect.Llama, "gqa-4/48 gqa-4/48")]
    [InlineData(CheckpointDialect.ModelOpt, "gqa-4/48 gqa-4/48")]
    [InlineData(CheckpointDialect.PerLayerConfig, "gqa-4/48 gqa-4/48")]
    [InlineData(CheckpointDialect.Automatic, EveryKind)]
    [InlineData(CheckpointDialect.ModelOpt, EveryKind)]
    [InlineData(CheckpointDialect.PerLayerConfig, "noop/48 gqa-2/16 gqa-1/noop noop/noop")]
    public void Save_DialectThatExpressesTheModel_ReadsBackEqualAndChangesNothing(CheckpointDialect dialect, string blocks)
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = Model(blocks);

        ExportReport report = model.Save(folder.Path, options: new CheckpointWriterOptions { Dialect = dialect });

        Assert.Empty(report.Changes);
        Assert.Equal(0, report.AddedParameters);
        Assert.Equal(model.ParameterCount, report.ExportedParameters);
        using CausalLanguageModel read = CausalLanguageModel.Load(folder.Path);
        ConfigText.AssertEqual(model.Config, read.Config);
        Assert.Equal(0, Difference(model, read));
    }

    [Theory]
    [InlineData("gqa-4/48 gqa-4/48", "gqa-4/256 gqa-4/256", "FfnPadded 0, FfnPadded 1")]
    [InlineData("gqa-4/256 linear/512", "gqa-4/256 linear/512", "")]
    [InlineData(EveryKind, "gqa-4/256 gqa-2/256 gqa-1/256 linear/linear noop/256",
        "FfnPadded 0, FfnPadded 1, FfnAdded 2, FfnPadded 4, LayerRemoved 5")]
    [InlineData("noop/noop noop/300 noop/noop linear/noop", "gqa-1/512 linear/256",
        "LayerRemoved 0, AttentionAdded 1, FfnPadded 1, LayerRemoved 2, FfnAdded 3")]
    public void Save_DeciLm_AdaptsToItsReadersAndComputesTheSame(string blocks, string written, string changes)
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = Model(blocks);

        ExportReport report = model.Save(folder.Path, options: new CheckpointWriterOptions { Dialect = CheckpointDialect.DeciLm });

        using CausalLanguageModel read = CausalLanguageModel.Load(folder.Path);
        Assert.Equal(written, read.Config.Architecture.ToString());
        Assert.Equal(read.Config.Architecture, report.Architecture);
        Assert.Equal(changes, string.Join(", ", report.Changes.Select(change => $"{change.Kind} {change.Layer}")));
        Assert.Equal(model.ParameterCount, report.SourceParameters);
        Assert.Equal(read.ParameterCount, report.ExportedParameters);
        Assert.InRange(Difference(model, read), 0, 1e-5);
    }

    [Theory]
    [InlineData("gqa-4/256 gqa-2/512", "nemotron-nas")]
    [InlineData("gqa-4/256 noop/512", "nemotron-nas")]
    [InlineData("gqa-4/256 gqa-2/48", "llama")]
    [InlineData("noop/256 gqa-2/512", "llama")]
    [InlineData("gqa-4/256 gqa-4/256", "llama")]
    public void Save_ByDefault_IsDeciLmWhereThatHoldsTheModelAsItIs(string blocks, string modelType)
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = Model(blocks);

        ExportReport report = model.Save(folder.Path);

        Assert.Empty(report.Changes);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "config.json")))!;
        Assert.Equal(modelType, (string?)config["model_type"]);
        using CausalLanguageModel read = CausalLanguageModel.Load(folder.Path);
        Assert.Equal(0, Difference(model, read));
    }

    [Fact]
    public void Save_DeciLmKeepingNoOps_OnlyPads()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = Model("noop/48 gqa-2/noop noop/noop");

        ExportReport report = model.Save(
            folder.Path, options: new CheckpointWriterOptions { Dialect = CheckpointDialect.DeciLm, KeepNoOps = true });

        Assert.Equal("noop/256 gqa-2/noop noop/noop", report.Architecture.ToString());
        Assert.Equal("layer 0: widths are multiples of 256; the FFN of width 48 is padded with zeros to 256",
            Assert.Single(report.Changes).ToString());
        Assert.Equal(3L * 32 * (256 - 48), report.AddedParameters);
        using CausalLanguageModel read = CausalLanguageModel.Load(folder.Path);
        Assert.InRange(Difference(model, read), 0, 1e-5);
    }

    [Fact]
    public void Save_DeciLm_WritesEveryMemberThatReadersNeed()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = Model("gqa-2/256 linear/512");
        model.Save(folder.Path, options: new CheckpointWriterOptions { Dialect = CheckpointDialect.DeciLm });

        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "config.json")))!.AsObject();
        Assert.Equal("nemotron-nas", (string?)config["model_type"]);
        Assert.Equal("DeciLMForCausalLM", (string?)config["architectures"]![0]);
        Assert.True(config.ContainsKey("intermediate_size") && config["intermediate_size"] is null);
        Assert.True(config.ContainsKey("num_key_value_heads") && config["num_key_value_heads"] is null);
        JsonNode attention = config["block_configs"]![0]!["attention"]!;
        Assert.Equal(
            """{"n_heads_in_group":2,"no_op":false,"num_sink_tokens":null,"replace_with_linear":false,"sparsify":null,"unshifted_sink":false,"use_prefill_window_in_sink_attention":false,"window_length":null}""",
            attention.ToJsonString());
        Assert.Equal(
            """{"ffn_mult":24,"no_op":false,"replace_with_linear":false,"sparsify":null}""",
            config["block_configs"]![1]!["ffn"]!.ToJsonString());
    }

    [Theory]
    [InlineData(CheckpointDialect.Llama, "gqa-4/48 gqa-2/48", "layer 1 is gqa-2/48")]
    [InlineData(CheckpointDialect.Llama, "linear/48 linear/48", "layer 0 is linear/48")]
    [InlineData(CheckpointDialect.PerLayerConfig, "gqa-4/48 linear/48", "layer 1 is linear/48")]
    [InlineData(CheckpointDialect.PerLayerConfig, "gqa-4/linear", "layer 0 is gqa-4/linear")]
    [InlineData(CheckpointDialect.DeciLm, "noop/noop noop/noop", "no layer to export")]
    public void Save_DialectThatCannotExpressTheModel_ThrowsAndWritesNothing(CheckpointDialect dialect, string blocks, string message)
    {
        using var parent = new TemporaryFolder();
        using CausalLanguageModel model = Model(blocks);
        var exception = Assert.Throws<NotSupportedException>(() =>
            model.Save(Path.Combine(parent.Path, "child"), options: new CheckpointWriterOptions { Dialect = dialect }));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(parent.Path));
    }

    [Fact]
    public void Save_DeciLmWithOtherHeadSize_Throws()
    {
        using var parent = new TemporaryFolder();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config() with { HeadSize = 6 });
        Assert.Throws<NotSupportedException>(
            () => model.Save(parent.Path, options: new CheckpointWriterOptions { Dialect = CheckpointDialect.DeciLm }));
        Assert.Empty(Directory.GetFileSystemEntries(parent.Path));
    }

    [Fact]
    public void Save_DeciLmFromDisk_ReadsOneWeightAtATime()
    {
        using var parent = new TemporaryFolder();
        using CausalLanguageModel model = Model(EveryKind);
        string source = Path.Combine(parent.Path, "source"), child = Path.Combine(parent.Path, "child");
        model.Save(source);
        using (CheckpointFolder checkpoint = CheckpointFolder.Open(source))
            CheckpointWriter.Save(child, checkpoint.Config, name => checkpoint.Read(name), ScalarType.Float32,
                new CheckpointWriterOptions { Dialect = CheckpointDialect.DeciLm, MaxShardBytes = 20_000 });
        using CausalLanguageModel read = CausalLanguageModel.Load(child);
        Assert.InRange(Difference(model, read), 0, 1e-5);
    }

    private static CausalLanguageModel Model(string blocks)
    {
        using var scope = NewDisposeScope();
        ModelConfig config = TinyModel.Mixed() with { Architecture = new Architecture(blocks.Split(' ').Select(BlockConfig.Parse)) };
        Dictionary<string, Tensor> weights = TinyCheckpoint.Weights(config);
        return CausalLanguageModel.Create(config, name => weights[name].mul(0.2f.ToScalar()));
    }

    private static double Difference(CausalLanguageModel expected, CausalLanguageModel actual)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor ids = arange(24, ScalarType.Int64).view(2, 12);
        Tensor logits = expected.Forward(ids);
        Assert.True(logits.std().item<float>() > 0.05f);
        return (logits - actual.Forward(ids)).abs().max().item<float>();
    }
}
