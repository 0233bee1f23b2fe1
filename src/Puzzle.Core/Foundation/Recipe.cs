using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Puzzle.Foundation;

/// <summary>
/// Everything that decides a result, as named fields in order. Two recipes of the same fingerprint make the same result to the
/// last bit; where fingerprints differ, <see cref="Explain"/> names the fields that do.
/// </summary>
public sealed class Recipe : IEquatable<Recipe>
{
    private readonly RecipeField[] _fields;

    /// <summary>Creates a recipe without inputs.</summary>
    /// <param name="method">What makes the result, for example <c>blockwise distillation</c>.</param>
    /// <param name="version">Raised when the method makes another result of the same inputs.</param>
    public Recipe(string method, int version)
        : this(method, [new RecipeField("Version", version.ToString(CultureInfo.InvariantCulture))])
    {
    }

    /// <summary>Creates a recipe from fields that were read back.</summary>
    /// <exception cref="ArgumentException">Two fields have the same name.</exception>
    internal Recipe(string method, IEnumerable<RecipeField> fields)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        (Method, _fields) = (method, [.. fields]);
        if (_fields.GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"The recipe of {method} names {twice.Key} twice.", nameof(fields));
        Fingerprint = Puzzle.Foundation.Fingerprint.Of([Method, .. _fields.SelectMany(field => new[] { field.Name, field.Value })]);
    }

    /// <summary>Gets what makes the result.</summary>
    public string Method { get; }

    /// <summary>Gets the inputs in order, the method's version first.</summary>
    public IReadOnlyList<RecipeField> Fields => _fields;

    /// <summary>Gets the hash of method and fields: SHA-256 in lower-case hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Gives the recipe with another input.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="value">A text, number, truth value, enum, span of time, another recipe, or a list of these; null counts as a
    /// value.</param>
    /// <exception cref="ArgumentException">The field is named already, or the value is of another type, whose text may change.</exception>
    public Recipe With(string field, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        return new Recipe(Method, [.. _fields, new RecipeField(field, TextOf(field, value))]);
    }

    /// <summary>
    /// Gives the recipe with every option that can be set, by name, but for those marked with <see cref="NotInRecipeAttribute"/>: an
    /// option added later is part of every recipe by itself.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="resolved">What stands in place of an option's value: what it comes to for this request, or null where it has no
    /// effect.</param>
    /// <exception cref="ArgumentException">What stands in place is of no such option.</exception>
    internal Recipe WithOptions<TOptions>(TOptions options, params (string Option, object? Value)[] resolved)
        where TOptions : class
    {
        var instead = resolved.ToDictionary(one => one.Option, one => one.Value, StringComparer.Ordinal);
        var fields = new List<RecipeField>(_fields);
        foreach (PropertyInfo option
            in typeof(TOptions)
                .GetProperties()
                .Where(NotInRecipeAttribute.IsInRecipe)
                .OrderBy(option => option.Name, StringComparer.Ordinal))
        {
            object? value = instead.Remove(option.Name, out object? other) ? other : option.GetValue(options);
            fields.Add(new RecipeField(option.Name, TextOf(option.Name, value)));
        }
        if (instead.Count > 0)
            throw new ArgumentException(
                $"{typeof(TOptions).Name} has no option {string.Join(", ", instead.Keys)} that is part of a recipe.", nameof(resolved));
        return new Recipe(Method, fields);
    }

    /// <summary>Says why a result of this recipe is not one of another, a line for each field that differs.</summary>
    /// <param name="other">The recipe of the result that there is.</param>
    /// <returns>For example <c>LearningRate is 0.002, was 0.001</c>; empty where the recipes are equal.</returns>
    public IReadOnlyList<string> Explain(Recipe other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Method != other.Method)
            return [$"the method is {Method}, was {other.Method}"];
        var were = other._fields.ToDictionary(field => field.Name, StringComparer.Ordinal);
        var differences = new List<string>();
        foreach (RecipeField field in _fields)
        {
            if (!were.Remove(field.Name, out RecipeField? was))
                differences.Add($"{field.Name} is {field.Shown}, was not there");
            else if (was.Value != field.Value)
                differences.Add($"{field.Name} is {field.Shown}, was {was.Shown}");
        }
        differences.AddRange(were.Values.Select(was => $"{was.Name} is not there, was {was.Shown}"));
        return differences;
    }

    /// <inheritdoc/>
    public bool Equals(Recipe? other) => other is not null && other.Fingerprint == Fingerprint;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Recipe);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Fingerprint);

    /// <summary>Gives the recipe as lines, the method first.</summary>
    public override string ToString() => string.Join('\n', _fields.Select(field => $"  {field.Name}: {field.Shown}").Prepend(Method));

    private static string? TextOf(string field, object? value) => value switch
    {
        null => null,
        string text => text,
        bool isTrue => isTrue ? "true" : "false",
        Enum named => named.ToString(),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        sbyte or byte or short or ushort or int or uint or long or ulong =>
            ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        Recipe recipe => recipe.Fingerprint,
        IEnumerable items => ListOf(field, items),
        _ => throw new ArgumentException(
            $"{field} is a {value.GetType().Name}, whose text may change: give what identifies it.", nameof(value)),
    };

    // Quoted, so that no two lists have the same text.
    private static string ListOf(string field, IEnumerable items)
    {
        var text = new StringBuilder("[");
        foreach (object? item in items)
        {
            if (text.Length > 1)
                text.Append(", ");
            string? one = TextOf(field, item);
            text.Append(
                one is null
                    ? "null"
                    : $"\"{one.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }
        return text.Append(']').ToString();
    }
}
