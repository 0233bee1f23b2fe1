namespace Puzzle.Search;

/// <summary>A variant chosen at a layer.</summary>
/// <param name="Layer">The layer, 0-based; the first one when the variant stands for a run of layers.</param>
/// <param name="VariantIndex">The variant's place among its layer's variants.</param>
/// <param name="VariantName">The variant's name.</param>
public readonly record struct LayerChoice(int Layer, int VariantIndex, string VariantName);
