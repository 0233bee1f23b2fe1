using System.Text.Json.Serialization;

namespace Puzzle.EmbeddedInApp;

/// <summary>The part of an OpenAI-compatible chat request that is understood here.</summary>
public sealed record ChatRequest(
    IReadOnlyList<ChatRequestMessage> Messages, [property: JsonPropertyName("max_tokens")] int? MaxTokens = null);
