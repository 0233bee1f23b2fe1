using System.Reflection;

namespace Puzzle.Foundation;

/// <summary>Marks an option that cannot change a result: recipes leave it out. A test shows for each that results are the same to the last
/// bit.</summary>
/// <param name="reason">Why it cannot.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotInRecipeAttribute(string reason) : Attribute
{
    /// <summary>Gets why the option cannot change a result.</summary>
    public string Reason { get; } = reason;

    /// <summary>Says whether a property is an option that recipes name.</summary>
    public static bool IsInRecipe(PropertyInfo property) =>
        property.SetMethod is { IsPublic: true } && property.GetCustomAttribute<NotInRecipeAttribute>() is null;
}
