using Puzzle.Architectures;

namespace Puzzle.Measurement;

/// <summary>What the parts of a model whose times are wanted are called, in tables and files.</summary>
internal static class PartName
{
    /// <summary>Embedding, final norm and head.</summary>
    public const string NonBlock = "non-block";

    /// <summary>Names an attention subblock, for example <c>attention gqa-4</c>.</summary>
    public static string Of(AttentionConfig config) => $"attention {config.Name}";

    /// <summary>Names an FFN, for example <c>ffn 704</c>.</summary>
    public static string Of(FfnConfig config) => $"ffn {config.Name}";
}
