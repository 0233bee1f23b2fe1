using System.Collections;
using System.Globalization;

namespace Puzzle.Foundation;

/// <summary>Writes options as one line, for identities that a person can read and compare.</summary>
internal static class OptionsText
{
    /// <summary>Gives a role's type and every settable option by name, in ordinal order and the invariant culture.</summary>
    /// <param name="role">Who has the options.</param>
    /// <param name="options">The options.</param>
    /// <param name="without">The names of options that no result depends on.</param>
    public static string Of(object role, object options, params string[] without)
    {
        IEnumerable<string> values = options.GetType().GetProperties()
            .Where(property => property.CanWrite && !without.Contains(property.Name))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => $"{property.Name}={Text(property.GetValue(options))}");
        return $"{role.GetType().FullName}({string.Join(", ", values)})";
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable many => string.Join(' ', many.Cast<object?>().Select(Text)),
        _ => value.ToString() ?? "",
    };
}
