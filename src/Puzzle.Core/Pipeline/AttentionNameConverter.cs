using Puzzle.Architectures;

namespace Puzzle.Pipeline;

/// <summary>Writes attention configs by name.</summary>
internal sealed class AttentionNameConverter() : NameConverter<AttentionConfig>(config => config.Name, AttentionConfig.Parse);
