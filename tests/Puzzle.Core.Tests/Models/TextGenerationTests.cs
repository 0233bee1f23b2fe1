using Microsoft.Extensions.Options;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class TextGenerationTests
{
    private static readonly ModelConfig Config = TinyModel.Mixed() with { MaxPositions = 24, EndOfTextIds = [2] };

    private static readonly int[][] Prompts = [[1, 5, 7], [1], [9, 8, 7, 6, 5], [3, 3, 3], [1, 5, 8], [4]];

    [Theory]
    [InlineData("stories260K/hf", "stories260K/golden.json")]
    [InlineData("TinyStories-656K", "TinyStories-656K/golden.json")]
    public void Generate_Greedy_EqualsGoldenText(string folder, string golden)
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(SharedData.Require(folder));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(SharedData.Require(golden)));
        using CausalLanguageModel model = CausalLanguageModel.Create(checkpoint.Config, name => checkpoint.Read(name));
        int cases = 0;
        foreach (JsonElement example in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            int[] prompt = Ids(example, "ids"), whole = Ids(example, "greedy_ids");
            var options = new GenerationOptions { MaxNewTokens = whole.Length - prompt.Length, StopTokenIds = [] };

            Assert.Equal(whole, prompt.Concat(TextGeneration.Generate(model, [prompt], options)[0]));
            cases++;
        }
        Assert.Equal(4, cases);
    }

    [Fact]
    public void Generate_200TokensFromBeginOfText_EqualsPublishedText()
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(SharedData.Require("stories260K/hf"));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(SharedData.Require("stories260K/golden.json")));
        using CausalLanguageModel model = CausalLanguageModel.Create(checkpoint.Config, name => checkpoint.Read(name));
        int[] whole = Ids(golden.RootElement.GetProperty("published").GetProperty("greedy_200_from_BOS_text"), "ids");

        Assert.Equal(whole[1..], TextGeneration.Stream(model, whole[..1], new GenerationOptions { MaxNewTokens = whole.Length - 1 }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.3)]
    public void Generate_Batch_EqualsOneByOne(double temperature)
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = temperature, TopK = 20, TopP = 0.95, Seed = 11 };

        int[][] together = TextGeneration.Generate(model, Prompts, options);

        for (int i = 0; i < Prompts.Length; i++)
        {
            // Alone among prompts of its length, at the same index.
            int[][] others = [.. Prompts.Select((prompt, index) => index == i ? prompt : [.. Enumerable.Repeat(6, 6)])];
            Assert.Equal(together[i], TextGeneration.Generate(model, others, options)[i]);
        }
    }

    [Fact]
    public void Generate_Sampled_IsReproducibleAndDependsOnTheSeed()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = 1, Seed = 1, StopTokenIds = [] };

        int[][] first = TextGeneration.Generate(model, Prompts, options);

        Assert.Equal(first, TextGeneration.Generate(model, Prompts, options));
        Assert.NotEqual(first, TextGeneration.Generate(model, Prompts, options.With(changed => changed.Seed = 2)));
        Assert.NotEqual(first[0], TextGeneration.Generate(model, [[9], Prompts[0]], options)[1]);
    }

    [Fact]
    public void Generate_StopToken_EndsThatSequenceOnly()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = 2, Seed = 5, StopTokenIds = [] };
        int[][] whole = TextGeneration.Generate(model, Prompts, options);
        int stop = whole[0][4];

        int[][] stopped = TextGeneration.Generate(model, Prompts, options.With(changed => changed.StopTokenIds = [stop]));

        Assert.Equal(whole.Select(tokens => tokens.TakeWhile(token => token != stop)), stopped);
        Assert.Contains(stopped, tokens => tokens.Length == 12);
    }

    [Fact]
    public void Generate_NoStopTokensGiven_UsesTheModelsOwn()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 20, Temperature = 3, Seed = 5 };
        int[][] prompts = [.. Enumerable.Repeat<int[]>([1], 12)];
        int[][] whole = TextGeneration.Generate(model, prompts, options.With(changed => changed.StopTokenIds = []));
        Assert.Contains(whole, tokens => tokens.Contains(2));

        Assert.Equal(whole.Select(tokens => tokens.TakeWhile(token => token != 2)), TextGeneration.Generate(model, prompts, options));
    }

    [Fact]
    public void Stream_GivesTheSameTokens_WithNoScopeOrNoGradOpenBetweenThem()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = 1, Seed = 1 };
        var tokens = new List<int>();
        var made = new List<Tensor>();

        foreach (int token in TextGeneration.Stream(model, Prompts[0], options))
        {
            Assert.True(is_grad_enabled());
            made.Add(ones(3));
            tokens.Add(token);
        }

        Assert.DoesNotContain(made, tensor => tensor.IsInvalid);
        Assert.Equal(TextGeneration.Generate(model, [Prompts[0]], options)[0], tokens);
    }

    [Fact]
    public void GenerateAndStream_LeaveNoTensorBehind()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 5, StopTokenIds = [] };
        // The model's rotary tables grow to what is used, and stay.
        TextGeneration.Generate(model, Prompts, options);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        TextGeneration.Generate(model, Prompts, options);
        Assert.Equal(2, TextGeneration.Stream(model, [1], options).Take(2).Count());

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Generate_UpToTheLastPosition_Works_AndOneMoreIsRefused()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = Config.MaxPositions - 3, StopTokenIds = [] };

        Assert.Equal(options.MaxNewTokens, TextGeneration.Generate(model, [[1, 2, 3]], options)[0].Length);
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => TextGeneration.Generate(model, [[1, 2, 3], [1, 2, 3, 4]], options));
        Assert.Contains(
            "Prompt 1 has 4 tokens, and 21 are to be made: more than the model's 24 positions", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_BadInput_IsRefused()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        var options = new GenerationOptions { MaxNewTokens = 4 };

        Assert.Empty(TextGeneration.Generate(model, [], options));
        Assert.Empty(TextGeneration.Generate(model, [[1]], options.With(changed => changed.MaxNewTokens = 0))[0]);
        Assert.Throws<ArgumentException>(() => TextGeneration.Generate(model, [[1], []], options));
        Assert.Throws<ArgumentException>(() => TextGeneration.Generate(model, [[-1]], options));
        Assert.Throws<ArgumentException>(() => TextGeneration.Stream(model, [TinyModel.Vocabulary], options));
        Assert.Throws<OptionsValidationException>(
            () => TextGeneration.Stream(model, [1], options.With(changed => changed.Temperature = -1)));
        Assert.Throws<OptionsValidationException>(
            () => TextGeneration.Stream(model, [1], options.With(changed => changed.Temperature = double.NaN)));
        Assert.Throws<OptionsValidationException>(() => TextGeneration.Stream(model, [1], options.With(changed => changed.TopP = 0)));
        Assert.Throws<OptionsValidationException>(() => TextGeneration.Stream(model, [1], options.With(changed => changed.TopK = -1)));
        Assert.Throws<OptionsValidationException>(
            () => TextGeneration.Stream(model, [1], options.With(changed => changed.MaxNewTokens = -1)));
    }

    [Fact]
    public void Generate_Canceled_Throws()
    {
        using CausalLanguageModel model = TinyModel.Create(Config, seed: 3);
        using var cancellation = new CancellationTokenSource();
        var options = new GenerationOptions { MaxNewTokens = 20, StopTokenIds = [] };
        int made = 0;

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (int _ in TextGeneration.Stream(model, [1], options, cancellation.Token))
            {
                if (++made == 3)
                    cancellation.Cancel();
            }
        });

        Assert.Equal(3, made);
        Assert.Throws<OperationCanceledException>(
            () => TextGeneration.Generate(model, Prompts, options.With(changed => changed.MaxNewTokens = 4), cancellation.Token));
    }

    private static int[] Ids(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
