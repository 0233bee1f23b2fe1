using Google.Protobuf;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Deployment.Onnx;
using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.Tests.Generation;

public sealed class OnnxTextGeneratorDamageTests : IDisposable
{
    private readonly CausalLanguageModel _model = ClearModel.Create(ClearModel.Config("gqa-2/48 noop/16"));
    private readonly ExportedModel _exported;

    public OnnxTextGeneratorDamageTests() => _exported = new ExportedModel(_model);

    public void Dispose()
    {
        _exported.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData(1, "belong to different models")]
    [InlineData(33, "tensor 'lm_head.weight' needs")]
    public void Load_WeightsCutShort_NamesFileAndTensor(int bytes, string message)
    {
        using (FileStream data = File.OpenWrite(_exported.File(OnnxExporter.DataFile)))
            data.SetLength(data.Length - bytes);

        AssertRefused("model.onnx.data", message);
    }

    [Fact]
    public void Load_WeightsOfAnotherChildOfTheSameShape_AreRefused()
    {
        using CausalLanguageModel sibling = ClearModel.Create(_model.Config, seed: 2);
        using var other = new ExportedModel(sibling);
        File.Copy(other.File(OnnxExporter.DataFile), _exported.File(OnnxExporter.DataFile), overwrite: true);

        AssertRefused("model.onnx.data", "belong to different models");
    }

    [Theory]
    [InlineData("", 99, "version 99 of the operator set 'ONNX'; known are 1 to")]
    [InlineData("com.microsoft", 2, "version 2 of the operator set 'com.microsoft'; known are 1 to 1")]
    [InlineData("com.example", 1, "'com.example'; that set is not known")]
    public void Load_UnknownOperatorSet_IsRefused(string domain, long version, string message)
    {
        string path = _exported.File(OnnxExporter.ModelFile);
        ModelProto graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        graph.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        File.WriteAllBytes(path, graph.ToByteArray());

        AssertRefused("model.onnx", message);
    }

    [Fact]
    public void Load_WeightsMissing_SaysSo()
    {
        File.Delete(_exported.File(OnnxExporter.DataFile));

        AssertRefused("model.onnx.data", "there is no such file");
    }

    [Fact]
    public void Load_GraphCutShort_IsRefused()
    {
        byte[] bytes = File.ReadAllBytes(_exported.File(OnnxExporter.ModelFile));
        File.WriteAllBytes(_exported.File(OnnxExporter.ModelFile), bytes[..^7]);

        AssertRefused("model.onnx", "not an ONNX graph");
    }

    [Fact]
    public void Load_GraphMissing_SaysSo()
    {
        File.Delete(_exported.File(OnnxExporter.ModelFile));

        AssertRefused("model.onnx", "there is no such file");
    }

    [Theory]
    [InlineData(
        "\"vocab_size\": 61", "\"vocab_size\": 62", "model.onnx", "logits are of 61 tokens; genai_config.json says the vocabulary has 62")]
    [InlineData("\"context_length\": 40", "\"context_length\": 41", "model.onnx",
        "rotary tables hold 40 positions; genai_config.json promises a context of 41")]
    [InlineData("\"context_length\": 40", "\"context_length\": -1", "genai_config.json", "are to be positive")]
    [InlineData("\"model.onnx\"", "\"../model.onnx\"", "genai_config.json", "is not the name of a file in this folder")]
    [InlineData("\"vocab_size\": 61,", "", "genai_config.json", "not valid JSON")]
    [InlineData("{", "", "genai_config.json", "not valid JSON")]
    public void Load_ConfigDoesNotFit_IsRefused(string original, string changed, string file, string message)
    {
        string path = _exported.File("genai_config.json"), text = File.ReadAllText(path);
        int at = text.IndexOf(original, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(path, text.Remove(at, original.Length).Insert(at, changed));

        AssertRefused(file, message);
    }

    [Fact]
    public void Load_CudaWithoutCuda_SaysWhatToReference()
    {
        Assert.SkipWhen(Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"),
            "This build brings CUDA.");

        var refused = Assert.Throws<NotSupportedException>(() => _exported.Load(OnnxDevice.Cuda));
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ConfigMissing_SaysSo()
    {
        File.Delete(_exported.File("genai_config.json"));

        AssertRefused("genai_config.json", "there is no such file");
    }

    private void AssertRefused(string file, string message)
    {
        var refused = Assert.Throws<CheckpointFormatException>(() => OnnxTextGenerator.Load(_exported.Folder));
        Assert.Equal(file, Path.GetFileName(refused.File));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
