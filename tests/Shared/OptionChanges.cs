using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Puzzle.Tests;

/// <summary>Every option that can be set, by reflection, and another valid value of it: what the guards of recipes walk over.</summary>
internal static class OptionChanges
{
    /// <summary>The options that recipes must name.</summary>
    public static TheoryData<string> InRecipe<TOptions>() =>
        [.. Settable<TOptions>().Where(option => Reason(option) is null).Select(option => option.Name)];

    /// <summary>The options that are marked as unable to change a result.</summary>
    public static TheoryData<string> NotInRecipe<TOptions>() =>
        [.. Settable<TOptions>().Where(option => Reason(option) is not null).Select(option => option.Name)];

    /// <summary>The properties of a request, by which a test names each.</summary>
    public static IReadOnlyList<string> Names<TRequest>() => [.. Settable<TRequest>().Select(property => property.Name)];

    /// <summary>Gives options with one of them changed to another valid value.</summary>
    /// <param name="options">A new object.</param>
    /// <param name="option">Which to change.</param>
    /// <param name="others">Values of options whose type says too little.</param>
    public static TOptions Changed<TOptions>(TOptions options, string option, IReadOnlyDictionary<string, object>? others = null)
        where TOptions : class
    {
        PropertyInfo property = typeof(TOptions).GetProperty(option)!;
        object? before = property.GetValue(options);
        IEnumerable<object?> candidates = others is not null && others.TryGetValue(option, out object? given)
            ? [given]
            : Others(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, before);
        foreach (object? candidate in candidates)
        {
            property.SetValue(options, candidate);
            if (!Equals(candidate, before)
                && Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true))
                return options;
        }
        throw new InvalidOperationException($"No other valid value of {option} is known: give one.");
    }

    private static IEnumerable<PropertyInfo> Settable<TOptions>() =>
        typeof(TOptions).GetProperties().Where(option => option.SetMethod is { IsPublic: true });

    private static string? Reason(PropertyInfo option) => (string?)option.CustomAttributes
        .FirstOrDefault(attribute => attribute.AttributeType.Name == "NotInRecipeAttribute")?.ConstructorArguments[0].Value;

    private static IEnumerable<object?> Others(Type type, object? before)
    {
        if (type == typeof(bool))
            return [before is not true];
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object?>().Reverse();
        if (type == typeof(int))
            return [before is int number ? number + 1 : 1, before is int many ? many - 1 : 2];
        if (type == typeof(long))
            return [before is long number ? number + 1 : 1L, before is long many ? many - 1 : 2L];
        if (type == typeof(double))
            return [before is double number and not 0 ? number / 2 : 0.25, before is double large ? large + 1 : 1.0];
        if (type == typeof(TimeSpan))
            return [before is TimeSpan span ? span + TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1)];
        return [];
    }
}
