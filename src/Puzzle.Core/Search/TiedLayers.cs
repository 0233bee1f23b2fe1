namespace Puzzle.Search;

/// <summary>A run of layers gets the same variant, by name, in each of its layers.</summary>
/// <param name="First">The first layer, 0-based.</param>
/// <param name="Count">How many layers.</param>
public sealed record TiedLayers(int First, int Count) : SearchRestriction
{
    /// <summary>Ties every layer of a model: a homogeneous child.</summary>
    /// <param name="layers">The number of layers.</param>
    public static TiedLayers All(int layers) => new(0, layers);
}
