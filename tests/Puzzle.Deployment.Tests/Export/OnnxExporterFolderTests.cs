using Microsoft.Extensions.Options;
using System.Runtime.InteropServices;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Export;

public sealed class OnnxExporterFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("puzzle-").FullName;

    private string Folder => Path.Combine(_parent, "child");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Export_NoOpLayers_LeaveNothingInTheGraph()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/noop gqa-2/48 linear/noop noop/48"));

        OnnxExporter.Export(model, Folder);

        GraphProto graph = ModelFile.Read(Path.Combine(Folder, OnnxExporter.ModelFile)).Graph;
        Assert.Equal(
            ["input_ids", "attention_mask", "past_key_values.1.key", "past_key_values.1.value"], graph.Input.Select(input => input.Name));
        Assert.Equal(["present.1.key", "present.1.value", "logits"], graph.Output.Select(output => output.Name));
        Assert.Single(graph.Node, node => node.OpType == "GroupQueryAttention");
        // Two subblocks of layer 1, one each of layers 2 and 3, and the final norm; only the first has nothing to add.
        Assert.Single(graph.Node, node => node.OpType == "SimplifiedLayerNormalization");
        Assert.Equal(4, graph.Node.Count(node => node.OpType == "SkipSimplifiedLayerNormalization"));
        Assert.DoesNotContain(graph.Initializer, tensor => tensor.Name.Contains("layers.0.", StringComparison.Ordinal));
    }

    [Fact]
    public void Export_TellsProgress_AndReportsWhatWasWritten()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/noop gqa-2/48"));
        var shares = new List<double>();

        ExportReport report = OnnxExporter.Export(model, Folder, progress: new SynchronousProgress(shares.Add));

        Assert.Equal(shares.Order(), shares);
        Assert.InRange(shares[0], 0, 1 - 1e-9);
        Assert.Equal(1, shares[^1]);
        Assert.Equal(model.Config.Architecture, report.Architecture);
        Assert.Equal((model.ParameterCount, 0), (report.ExportedParameters, report.AddedParameters));
        Assert.Empty(report.Changes);
    }

    [Fact]
    public void Export_NoAttention_HasNoCacheAndNoRotaryTables()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("linear/48 noop/16"));

        OnnxExporter.Export(model, Folder);

        GraphProto graph = ModelFile.Read(Path.Combine(Folder, OnnxExporter.ModelFile)).Graph;
        Assert.Equal(["input_ids", "attention_mask"], graph.Input.Select(input => input.Name));
        Assert.DoesNotContain(graph.Initializer, tensor => tensor.Name is "cos_cache" or "sin_cache");
    }

    [Fact]
    public void Export_StandardOperators_UsesNoOthers()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-2/48 linear/noop noop/48", tied: true));

        OnnxExporter.Export(model, Folder, new OnnxExportOptions { Operators = OnnxOperators.Standard });

        ModelProto proto = ModelFile.Read(Path.Combine(Folder, OnnxExporter.ModelFile));
        OperatorSetIdProto set = Assert.Single(proto.OpsetImport);
        Assert.Equal(("", 23), (set.Domain, set.Version));
        Assert.All(proto.Graph.Node, node => Assert.Equal("", node.Domain));
        Assert.DoesNotContain(proto.Graph.Node, node => node.OpType == "SimplifiedLayerNormalization");
    }

    [Fact]
    public void Export_ExternalData_IsAlignedAndTiedWeightsAreThereOnce()
    {
        using CausalLanguageModel model = RandomWeights.Create(
            ClearModel.Config("gqa-2/48", hidden: 64, tied: true) with { VocabularySize = 5000 }, 1);

        OnnxExporter.Export(model, Folder);

        GraphProto graph = ModelFile.Read(Path.Combine(Folder, OnnxExporter.ModelFile)).Graph;
        TensorProto[] external = [.. graph.Initializer.Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External)];
        Assert.Contains(external, tensor => tensor.Name == WeightNames.Embedding);
        Assert.All(external, tensor =>
        {
            Dictionary<string, string> entries = tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value);
            long offset = long.Parse(entries["offset"]), length = long.Parse(entries["length"]);
            Assert.Equal(0, offset % (length >= 1 << 20 ? 65536 : 4096));
            Assert.True(length >= 1024);
        });
        Assert.True(new FileInfo(Path.Combine(Folder, OnnxExporter.DataFile)).Length < 5000 * 64 * 4 * 1.5);
    }

    [Fact]
    public void Export_GenAiConfig_DescribesTheModel()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-1/48 gqa-4/48 noop/noop"));

        OnnxExporter.Export(model, Folder, new OnnxExportOptions { MaxPositions = 30 });

        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "genai_config.json")));
        JsonElement root = document.RootElement.GetProperty("model"), decoder = root.GetProperty("decoder");
        Assert.Equal("llama", root.GetProperty("type").GetString());
        Assert.Equal(30, root.GetProperty("context_length").GetInt32());
        Assert.Equal(2, root.GetProperty("eos_token_id").GetInt32());
        Assert.Equal(61, root.GetProperty("vocab_size").GetInt32());
        Assert.Equal("model.onnx", decoder.GetProperty("filename").GetString());
        Assert.Equal(4, decoder.GetProperty("num_key_value_heads").GetInt32());
        Assert.Equal(3, decoder.GetProperty("num_hidden_layers").GetInt32());
        Assert.Equal("past_key_values.%d.key", decoder.GetProperty("inputs").GetProperty("past_key_names").GetString());
        Assert.True(document.RootElement.GetProperty("search").GetProperty("past_present_share_buffer").GetBoolean());
    }

    [Fact]
    public void Export_TokenizerFolder_IsCopied_AndMustFit()
    {
        string tokenizer = SharedData.Require("stories260K/hf");
        using CausalLanguageModel fitting = CausalLanguageModel.Load(tokenizer);
        using CausalLanguageModel small = ClearModel.Create(ClearModel.Config("noop/noop"));

        OnnxExporter.Export(fitting, Folder, new OnnxExportOptions { TokenizerFolder = tokenizer });
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => OnnxExporter.Export(small, Path.Combine(_parent, "other"), new OnnxExportOptions { TokenizerFolder = tokenizer }));

        Assert.True(File.Exists(Path.Combine(Folder, "tokenizer.json")));
        Assert.Contains("vocabulary of 512 tokens; the model's is 61", refused.Message, StringComparison.Ordinal);
        Assert.Equal([Folder], Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public void Export_Failing_LeavesNothing_AndAnEarlierExportAsItWas()
    {
        using CausalLanguageModel good = ClearModel.Create(ClearModel.Config("gqa-2/48"));
        using CausalLanguageModel bad = ClearModel.Create(ClearModel.Config("gqa-2/48"));
        using (no_grad())
        using (Tensor scale = bad.Weights.Single(weight => weight.Key.EndsWith("down_proj.weight", StringComparison.Ordinal))
            .Value.narrow(0, 3, 1))
            scale.fill_(float.NaN);

        ArgumentException refused = Assert.Throws<ArgumentException>(() => OnnxExporter.Export(bad, Folder));
        Assert.Contains("mlp.down_proj.weight' holds infinities or NaNs", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_parent));

        OnnxExporter.Export(good, Folder);
        string[] before = Contents();
        Assert.Throws<ArgumentException>(() => OnnxExporter.Export(bad, Folder));
        Assert.Throws<OperationCanceledException>(
            () => OnnxExporter.Export(good, Folder, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Equal(before, Contents());

        string[] Contents() =>
            [.. Directory.GetFiles(_parent, "*", SearchOption.AllDirectories).Order()
                .Select(file => $"{file} {Convert.ToHexString(File.ReadAllBytes(file))}")];
    }

    [Fact]
    public void Export_OverAnEarlierExport_ReplacesItAndKeepsOtherFiles()
    {
        using CausalLanguageModel first = ClearModel.Create(ClearModel.Config("gqa-2/48"));
        using CausalLanguageModel second = ClearModel.Create(ClearModel.Config("linear/noop"));
        OnnxExporter.Export(first, Folder);
        File.WriteAllText(Path.Combine(Folder, "notes.txt"), "kept");

        OnnxExporter.Export(second, Folder);

        Assert.Empty(ModelFile.Read(Path.Combine(Folder, OnnxExporter.ModelFile)).Graph.Input.Skip(2));
        Assert.True(File.Exists(Path.Combine(Folder, "notes.txt")));
        Assert.Equal([Folder], Directory.GetFileSystemEntries(_parent));
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32, OnnxOperators.OnnxRuntime)]
    [InlineData(OnnxPrecision.Float32, OnnxOperators.Standard)]
    [InlineData(OnnxPrecision.Int4, OnnxOperators.OnnxRuntime)]
    public void Export_WeightByWeightFromACheckpoint_WritesTheSameFiles(OnnxPrecision precision, OnnxOperators operators)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-2/48 linear/noop", tied: true));
        model.Save(Path.Combine(_parent, "checkpoint"));
        using CheckpointFolder checkpoint = CheckpointFolder.Open(Path.Combine(_parent, "checkpoint"));
        var options = new OnnxExportOptions { Precision = precision, Operators = operators };

        OnnxExporter.Export(model, Folder, options);
        OnnxExporter.Export(checkpoint.Config, name => checkpoint.Read(name), Folder + "-streamed", options);

        foreach (string file in new[] { OnnxExporter.ModelFile, OnnxExporter.DataFile, "genai_config.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, file)), File.ReadAllBytes(Path.Combine(Folder + "-streamed", file)));
    }

    [Fact]
    public void Export_WeightOfAnotherShape_IsRefusedAndLeavesNothing()
    {
        ModelConfig config = ClearModel.Config("gqa-2/48");

        var refused = Assert.Throws<ArgumentException>(() => OnnxExporter.Export(config, _ => ones(3, 5), Folder));

        Assert.Contains("has shape [3, 5]; the model's config says [61, 32]", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public void Export_BrainFloats_AreRoundedToTheNearest()
    {
        ModelConfig config = ClearModel.Config("linear/16");
        float[] written = [1, 1 + (1 / 256f), 1 + (3 / 256f), -1.00391f, 3e38f];
        using Tensor norm = zeros(32);
        for (int i = 0; i < written.Length; i++)
            norm[i] = written[i];

        OnnxExporter.Export(config, name => name == WeightNames.FinalNorm
            ? norm
            : zeros([.. WeightNames.Model(config).Single(weight => weight.Name == name).Shape]), Folder,
                new OnnxExportOptions { Precision = OnnxPrecision.BFloat16 });

        GraphProto graph = ModelFile.Read(Path.Combine(Folder, OnnxExporter.ModelFile)).Graph;
        TensorProto stored = graph.Initializer.Single(tensor => tensor.Name == WeightNames.FinalNorm);
        Assert.Equal((int)TensorProto.Types.DataType.Bfloat16, stored.DataType);
        // Ties go to the even neighbor.
        Assert.Equal([0x3F80, 0x3F80, 0x3F82, 0xBF81, 0x7F62], MemoryMarshal.Cast<byte, ushort>(stored.RawData.Span)[..5].ToArray());
    }

    [Fact]
    public void Export_HalfPrecisionOverflow_IsRefused()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/linear"));
        using (no_grad())
            model.Embedding.fill_(1e6f);

        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => OnnxExporter.Export(model, Folder, new OnnxExportOptions { Precision = OnnxPrecision.Float16 }));

        Assert.Contains("1000000, too large for 16-bit floats", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_ContradictoryOptions_AreRefused()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("noop/linear"));
        OnnxExportOptions[] wrong =
        [
            new() { BlockSize = 24 },
            new() { AccuracyLevel = 5 },
            new() { MaxPositions = 41 },
            new() { MaxPositions = 0 },
            new() { QuantizeEmbedding = true },
            new() { Precision = OnnxPrecision.Int4, Operators = OnnxOperators.Standard },
            new() { Precision = OnnxPrecision.Int4, QuantizeEmbedding = true, BlockSize = 64 },
            new() { Precision = (OnnxPrecision)9 },
        ];

        Assert.All(wrong, options => Assert.True(
            Record.Exception(() => OnnxExporter.Export(model, Folder, options)) is OptionsValidationException or ArgumentException));
        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }
}
