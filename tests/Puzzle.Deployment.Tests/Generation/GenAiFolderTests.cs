using Microsoft.ML.OnnxRuntimeGenAI;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;
using Puzzle.Tests.Export;

namespace Puzzle.Tests.Generation;

/// <summary>ONNX Runtime GenAI, an engine that is not ours, loads exported folders as they are.</summary>
public sealed class GenAiFolderTests
{
    [Theory]
    [InlineData(16, OnnxOperators.OnnxRuntime, OnnxPrecision.Float32)]
    [InlineData(8, OnnxOperators.OnnxRuntime, OnnxPrecision.Float32)]
    [InlineData(16, OnnxOperators.OnnxRuntime, OnnxPrecision.Int4)]
    [InlineData(16, OnnxOperators.Standard, OnnxPrecision.Float32)]
    public void Generate_HeterogeneousFolder_GivesOurTokens(int headSize, OnnxOperators operators, OnnxPrecision precision)
    {
        ModelConfig config = ClearModel.Config("noop/noop gqa-4/48 gqa-2/linear linear/64 noop/32 gqa-1/noop", headSize: headSize);
        using CausalLanguageModel model = ClearModel.Create(config, seed: 7);
        using var exported = new ExportedModel(model, new OnnxExportOptions { Operators = operators, Precision = precision });
        using OnnxTextGenerator ours = exported.Load();
        int[] prompt = [1, 40, 17, 5];

        int[] expected = ours.Generate([prompt], new GenerationOptions { MaxNewTokens = 16 })[0];
        Assert.Equal([.. prompt, .. expected], Theirs(exported.Folder, prompt, length: 20));
        Assert.True(expected.Distinct().Count() > 3, "the model repeats itself: nothing is compared");
    }

    [Theory]
    [MemberData(nameof(FamilyParityTests.Families), MemberType = typeof(FamilyParityTests))]
    public void Generate_Family_GivesOurTokens(string family)
    {
        using CausalLanguageModel model = CausalLanguageModel.Load(Path.Combine(SharedData.Require("families"), family, "a"));
        using var exported = new ExportedModel(model, new OnnxExportOptions { MaxPositions = 48 });
        using OnnxTextGenerator ours = exported.Load();
        // Longer than the families' windows.
        int[] prompt = [.. Enumerable.Range(0, 24).Select(i => 3 + (i * 37 % 50))];

        int[] expected = ours.Generate([prompt], new GenerationOptions { MaxNewTokens = 16 })[0];
        Assert.Equal([.. prompt, .. expected], Theirs(exported.Folder, prompt, prompt.Length + 16));
    }

    private static int[] Theirs(string folder, int[] prompt, int length)
    {
        using var model = new Model(folder);
        using var parameters = new GeneratorParams(model);
        parameters.SetSearchOption("max_length", length);
        using var generator = new Generator(model, parameters);
        generator.AppendTokens(prompt);
        while (!generator.IsDone())
            generator.GenerateNextToken();
        return generator.GetSequence(0).ToArray();
    }
}
