using System.Globalization;
using Google.Protobuf;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Deployment.Onnx;
using Puzzle.Models;

namespace Puzzle.Tests.Generation;

public sealed class LargeWeightsTests
{
    private const long Beyond = 3L << 30;

    // A file with a hole of 3 GiB before the weights takes no space on disk.
    [Fact]
    public void Generate_WeightsBeyondTwoGigabytes_AreFound()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config("gqa-2/48 linear/16"));
        using var exported = new ExportedModel(model);
        var options = new GenerationOptions { MaxNewTokens = 8 };
        int[] expected = Generate(exported, options);
        MoveWeights(exported);

        Assert.Equal(expected, Generate(exported, options));
    }

    private static int[] Generate(ExportedModel exported, GenerationOptions options)
    {
        using OnnxTextGenerator generator = exported.Load();
        return generator.Generate([[1, 5, 9]], options)[0];
    }

    private static void MoveWeights(ExportedModel exported)
    {
        string graphFile = exported.File(OnnxExporter.ModelFile), dataFile = exported.File(OnnxExporter.DataFile);
        byte[] weights = File.ReadAllBytes(dataFile);
        using (FileStream data = File.Create(dataFile))
        {
            data.Position = Beyond;
            data.Write(weights);
        }
        ModelProto graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(graphFile));
        foreach (StringStringEntryProto offset in graph.Graph.Initializer.SelectMany(tensor => tensor.ExternalData)
            .Where(entry => entry.Key == "offset"))
            offset.Value = (long.Parse(offset.Value, CultureInfo.InvariantCulture) + Beyond).ToString(CultureInfo.InvariantCulture);
        File.WriteAllBytes(graphFile, graph.ToByteArray());
    }
}
