using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Puzzle.Deployment.Generation;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Chat;

/// <summary>An exported model as an <see cref="IChatClient"/> of Microsoft.Extensions.AI. Safe to use from several threads at
/// once.</summary>
/// <param name="generator">The model; disposed with this.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="template">Makes the prompt of the messages; by default their texts, one a line, as a model that only continues text
/// needs.</param>
public sealed class OnnxChatClient(
    OnnxTextGenerator generator, Tokenizer tokenizer, Func<IEnumerable<ChatMessage>, string>? template = null) : IChatClient
{
    private readonly Func<IEnumerable<ChatMessage>, string> _template = template
        ?? (messages => string.Join('\n', messages.Select(message => message.Text)));

    /// <summary>Loads an exported folder and the tokenizer in it.</summary>
    public static OnnxChatClient Load(string folder) => new(OnnxTextGenerator.Load(folder), Tokenizer.Load(folder));

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        RequireSupported(options);
        int[] prompt = Encode(_template(messages));
        int room = generator.MaxPositions - prompt.Length;
        if (room <= 0)
            throw new ArgumentException(
                $"The messages have {prompt.Length} tokens; the model holds {generator.MaxPositions}.", nameof(messages));
        var settings = new GenerationOptions
        {
            MaxNewTokens = Math.Min(options?.MaxOutputTokens ?? room, room),
            Temperature = options?.Temperature ?? 0,
            TopK = options?.TopK ?? 0,
            TopP = options?.TopP ?? 1,
            Seed = options?.Seed ?? 0,
        };
        return StreamAsync(prompt, generator.StreamAsync(prompt, settings, cancellationToken), settings.MaxNewTokens,
            [.. options?.StopSequences ?? []], cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(generator) ? generator
            : serviceType.IsInstanceOfType(tokenizer) ? tokenizer
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => generator.Dispose();

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        int[] prompt, IAsyncEnumerable<int> tokens, int most, string[] stops, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string id = Guid.NewGuid().ToString("N");
        var text = new StreamedText(tokenizer, stops);
        int made = 0;
        await foreach (int token in tokens.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            made++;
            if (text.Add(token) is { Length: > 0 } piece)
                yield return Update(piece);
            if (text.IsStopped)
                break;
        }
        if (text.Finish() is { Length: > 0 } rest)
            yield return Update(rest);
        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(
            new UsageDetails { InputTokenCount = prompt.Length, OutputTokenCount = made, TotalTokenCount = prompt.Length + made })])
        {
            ResponseId = id,
            MessageId = id,
            FinishReason = made == most && !text.IsStopped ? ChatFinishReason.Length : ChatFinishReason.Stop,
        };

        ChatResponseUpdate Update(string piece) => new(ChatRole.Assistant, piece) { ResponseId = id, MessageId = id };
    }

    private int[] Encode(string text)
    {
        int[] ids = tokenizer.Encode(text);
        return tokenizer.StartsTexts && generator.BeginOfTextId is { } begin && (ids.Length == 0 || ids[0] != begin)
            ? [begin, .. ids]
            : ids;
    }

    private static void RequireSupported(ChatOptions? options)
    {
        if (options is { Tools.Count: > 0 })
            throw new NotSupportedException("The model calls no tools.");
        if (options?.ResponseFormat is not null and not ChatResponseFormatText)
            throw new NotSupportedException("The model answers in text only.");
        if (options is { FrequencyPenalty: not null and not 0 } or { PresencePenalty: not null and not 0 })
            throw new NotSupportedException("Frequency and presence penalties are not applied.");
    }
}
