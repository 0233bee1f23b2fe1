using Puzzle.Architectures;

namespace Puzzle.Pipeline;

/// <summary>Writes FFN configs by name.</summary>
internal sealed class FfnNameConverter() : NameConverter<FfnConfig>(config => config.Name, FfnConfig.Parse);
