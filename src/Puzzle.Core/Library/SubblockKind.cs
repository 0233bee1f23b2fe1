using System.Text.Json.Serialization;

namespace Puzzle.Library;

/// <summary>Which half of a block.</summary>
public enum SubblockKind
{
    /// <summary>The attention subblock.</summary>
    [JsonStringEnumMemberName("attention")]
    Attention,

    /// <summary>The FFN subblock.</summary>
    [JsonStringEnumMemberName("ffn")]
    Ffn,
}
