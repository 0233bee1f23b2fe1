namespace Puzzle.Foundation;

/// <summary>One input of a <see cref="Recipe"/>.</summary>
/// <param name="Name">Its name, unique in the recipe.</param>
/// <param name="Value">Its value as invariant text; null counts as a value.</param>
public sealed record RecipeField(string Name, string? Value)
{
    /// <summary>Gets the value for readers.</summary>
    internal string Shown => Value ?? "none";
}
