using System.Text.Json;
using Microsoft.Extensions.AI;
using Puzzle.Chat;
using Puzzle.Deployment.Generation;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.Generation;

public sealed class OnnxChatClientTests : IDisposable
{
    // Every id is one printable character.
    private static readonly Tokenizer Letters = Tokenizer.Parse(JsonSerializer.Serialize(new
    {
        model = new
        {
            type = "BPE",
            vocab = Enumerable.Range(0, ClearModel.Vocabulary).ToDictionary(id => ((char)('!' + id)).ToString(), id => id),
            merges = Array.Empty<string>(),
        },
        pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, use_regex = false },
        decoder = new { type = "ByteLevel" },
    }));

    private readonly CausalLanguageModel _model = ClearModel.Create(ClearModel.Config("gqa-2/48 linear/16") with { EndOfTextIds = [] });
    private readonly ExportedModel _exported;
    private readonly OnnxTextGenerator _generator;
    private readonly OnnxChatClient _client;

    public OnnxChatClientTests()
    {
        _exported = new ExportedModel(_model);
        _generator = _exported.Load();
        _client = new OnnxChatClient(_generator, Letters);
    }

    public void Dispose()
    {
        _client.Dispose();
        _exported.Dispose();
        _model.Dispose();
    }

    [Fact]
    public async Task GetResponseAsync_Options_AreTheGenerators()
    {
        var options = new ChatOptions { MaxOutputTokens = 9, Temperature = 0.9f, TopK = 7, TopP = 0.95f, Seed = 3 };
        int[] expected = _generator.Generate(
            [[1, .. Letters.Encode("CDE")]],
                new GenerationOptions { MaxNewTokens = 9, Temperature = 0.9f, TopK = 7, TopP = 0.95f, Seed = 3 })[0];

        ChatResponse response = await _client.GetResponseAsync("CDE", options, TestContext.Current.CancellationToken);

        Assert.Equal(Letters.Decode(expected), response.Text);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal((4, 9), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_GivesTheSameTextInPieces_AndNoneOfAStopSequence()
    {
        string whole = (await _client.GetResponseAsync(
            "CDE", new ChatOptions { MaxOutputTokens = 12, Temperature = 1, Seed = 5 }, TestContext.Current.CancellationToken)).Text;
        string stop = whole.Substring(6, 2);
        var options = new ChatOptions { MaxOutputTokens = 12, Temperature = 1, Seed = 5, StopSequences = [stop] };

        List<ChatResponseUpdate> updates = await _client.GetStreamingResponseAsync("CDE", options, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.Count > 2);
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
    }

    [Fact]
    public async Task GetStreamingResponseAsync_Canceled_Stops()
    {
        using var source = new CancellationTokenSource();
        int pieces = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in _client.GetStreamingResponseAsync("CDE", cancellationToken: source.Token))
            {
                if (++pieces == 2)
                    await source.CancelAsync();
            }
        });
        Assert.Equal(2, pieces);
    }

    [Fact]
    public async Task GetResponseAsync_WhatIsNotSupported_IsRefused()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.GetResponseAsync("C", new ChatOptions { PresencePenalty = 1 }));
        await Assert.ThrowsAsync<NotSupportedException>(
            () => _client.GetResponseAsync("C", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        await Assert.ThrowsAsync<ArgumentException>(() => _client.GetResponseAsync(new string('C', 60)));
    }
}
