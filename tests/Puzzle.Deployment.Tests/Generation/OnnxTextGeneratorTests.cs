using Microsoft.Extensions.Options;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Tests.Generation;

public sealed class OnnxTextGeneratorTests
{
    private const string Blocks = "noop/48 gqa-4/48 gqa-2/16 gqa-1/noop linear/linear noop/noop";
    private static readonly int[][] Prompts = [[1, 5, 7], [1], [9, 8, 7, 6, 5], [3, 3, 3], [1, 5, 8], [4]];

    [Theory]
    [InlineData("stories260K", OnnxOperators.OnnxRuntime)]
    [InlineData("stories260K", OnnxOperators.Standard)]
    [InlineData("TinyStories-656K", OnnxOperators.OnnxRuntime)]
    [InlineData("TinyStories-656K", OnnxOperators.Standard)]
    public void Generate_Greedy_EqualsGoldenText(string name, OnnxOperators operators)
    {
        IReadOnlyList<GoldenCase> cases = GoldenCase.Read(name);
        using CausalLanguageModel model = CausalLanguageModel.Load(GoldenCase.Folder(name));
        using var exported = new ExportedModel(model, new OnnxExportOptions { Operators = operators });
        using OnnxTextGenerator generator = exported.Load();
        foreach (GoldenCase golden in cases)
        {
            var options = new GenerationOptions { MaxNewTokens = golden.GreedyIds.Length - golden.Ids.Length, StopTokenIds = [] };
            Assert.Equal(golden.GreedyIds, golden.Ids.Concat(generator.Generate([golden.Ids], options)[0]));
        }
        Assert.NotEmpty(cases);
    }

    [Theory]
    [InlineData(0, 16, OnnxOperators.OnnxRuntime, false)]
    [InlineData(1.3, 16, OnnxOperators.OnnxRuntime, true)]
    [InlineData(1.3, 8, OnnxOperators.OnnxRuntime, false)]
    [InlineData(1.3, 16, OnnxOperators.Standard, false)]
    public void Generate_Batch_EqualsTorch(double temperature, int headSize, OnnxOperators operators, bool allLogits)
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks, headSize: headSize));
        using var exported = new ExportedModel(model, new OnnxExportOptions { Operators = operators, AllLogits = allLogits });
        using OnnxTextGenerator generator = exported.Load();
        var options = new GenerationOptions { MaxNewTokens = 20, Temperature = temperature, TopK = 20, TopP = 0.95, Seed = 11 };

        Assert.Equal(TextGeneration.Generate(model, Prompts, options), generator.Generate(Prompts, options));
    }

    [Fact]
    public async Task StreamAsync_GivesWhatGenerateGives()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks));
        using var exported = new ExportedModel(model);
        using OnnxTextGenerator generator = exported.Load();
        var options = new GenerationOptions { MaxNewTokens = 20, Temperature = 1, Seed = 4 };
        var tokens = new List<int>();

        await foreach (int token in generator.StreamAsync([1, 5], options))
            tokens.Add(token);

        Assert.Equal(generator.Generate([[1, 5]], options)[0], tokens);
    }

    [Fact]
    public void Generate_StopToken_EndsThatSequenceOnly()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks));
        using var exported = new ExportedModel(model);
        using OnnxTextGenerator generator = exported.Load();
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = 2, Seed = 5, StopTokenIds = [] };
        int[][] whole = generator.Generate(Prompts, options);
        int stop = whole[0][4];

        int[][] stopped = generator.Generate(Prompts, options.With(changed => changed.StopTokenIds = [stop]));

        Assert.Equal(whole.Select(tokens => tokens.TakeWhile(token => token != stop)), stopped);
        Assert.Contains(stopped, tokens => tokens.Length == 12);
        Assert.Equal([2], generator.EndOfTextIds);
    }

    [Fact]
    public void Generate_FromSeveralThreads_IsTheSame()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks));
        using var exported = new ExportedModel(model);
        using OnnxTextGenerator generator = exported.Load();
        var options = new GenerationOptions { MaxNewTokens = 20, StopTokenIds = [] };
        int[][] expected = generator.Generate(Prompts, options);

        int[][][] found = [.. Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(4)
            .Select(_ => generator.Generate(Prompts, options))];

        Assert.All(found, tokens => Assert.Equal(expected, tokens));
    }

    [Fact]
    public async Task Canceled_Throws()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks));
        using var exported = new ExportedModel(model);
        using OnnxTextGenerator generator = exported.Load();
        using var cancellation = new CancellationTokenSource();
        var options = new GenerationOptions { MaxNewTokens = 20, StopTokenIds = [] };
        int made = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int _ in generator.StreamAsync([1], options, cancellation.Token))
            {
                if (++made == 3)
                    await cancellation.CancelAsync();
            }
        });

        Assert.Equal(3, made);
        Assert.Throws<OperationCanceledException>(() => generator.Generate(Prompts, options, cancellation.Token));
    }

    [Fact]
    public void Generate_UpToTheLastPosition_Works_AndOneMoreIsRefused()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks));
        using var exported = new ExportedModel(model, new OnnxExportOptions { MaxPositions = 24 });
        using OnnxTextGenerator generator = exported.Load();
        var options = new GenerationOptions { MaxNewTokens = 21, StopTokenIds = [] };

        Assert.Equal(TextGeneration.Generate(model, [[1, 2, 3]], options)[0], generator.Generate([[1, 2, 3]], options)[0]);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => generator.Generate([[1, 2, 3], [1, 2, 3, 4]], options));
        Assert.Contains(
            "Prompt 1 has 4 tokens, and 21 are to be made: more than the model's 24 positions", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_BadInput_IsRefused()
    {
        using CausalLanguageModel model = ClearModel.Create(ClearModel.Config(Blocks));
        using var exported = new ExportedModel(model);
        using OnnxTextGenerator generator = exported.Load();
        var options = new GenerationOptions { MaxNewTokens = 4 };

        Assert.Empty(generator.Generate([], options));
        Assert.Empty(generator.Generate([[1]], options.With(changed => changed.MaxNewTokens = 0))[0]);
        Assert.Throws<ArgumentException>(() => generator.Generate([[1], []], options));
        Assert.Throws<ArgumentException>(() => generator.Generate([[-1]], options));
        Assert.Throws<ArgumentException>(() => generator.StreamAsync([ClearModel.Vocabulary], options));
        Assert.Throws<OptionsValidationException>(() => generator.StreamAsync([1], options.With(changed => changed.Temperature = -1)));
        Assert.Throws<OptionsValidationException>(() => OnnxTextGenerator.Load(exported.Folder, new OnnxSessionOptions { Threads = 0 }));
    }
}
