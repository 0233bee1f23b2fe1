using Microsoft.Extensions.AI;
using Puzzle.Chat;
using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Tests.Generation;

/// <summary>Disposing a generator that is in use used to end the process in native code.</summary>
public sealed class OnnxTextGeneratorLifetimeTests
{
    private static readonly GenerationOptions Options = new() { MaxNewTokens = 40, StopTokenIds = [] };

    [Fact]
    public async Task Dispose_WhileAStreamIsOpen_EndsTheStream()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using var exported = new ExportedModel(model);
        OnnxTextGenerator generator = exported.Load();
        await using IAsyncEnumerator<int> stream = generator.StreamAsync([1, 2], Options, TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await stream.MoveNextAsync());

        generator.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.MoveNextAsync());
    }

    [Fact]
    public async Task Dispose_OfAChatClientWithAnOpenStream_EndsTheStream()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using var exported = new ExportedModel(model);
        var client = new OnnxChatClient(exported.Load(), LetterTokenizer.Create());
        await using IAsyncEnumerator<ChatResponseUpdate> stream = client
            .GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "a cat")], cancellationToken: TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await stream.MoveNextAsync());

        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (await stream.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task Dispose_WhileOthersGenerate_LetsThemFinishOrFail()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using var exported = new ExportedModel(model);
        OnnxTextGenerator generator = exported.Load();
        int[] expected = generator.Generate([[1, 2]], Options, TestContext.Current.CancellationToken)[0];
        using var begun = new CountdownEvent(2);
        Task<int[]?>[] others = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            begun.Signal();
            try
            {
                return generator.Generate([[1, 2]], Options)[0];
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
        }))];
        begun.Wait(TestContext.Current.CancellationToken);

        generator.Dispose();

        Assert.All(await Task.WhenAll(others), made => Assert.True(made is null || made.SequenceEqual(expected)));
    }

    [Fact]
    public void Dispose_Twice_IsFine()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using var exported = new ExportedModel(model);
        OnnxTextGenerator generator = exported.Load();
        generator.Dispose();
        generator.Dispose();
    }
}
