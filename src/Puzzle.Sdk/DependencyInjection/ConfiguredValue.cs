using System.ComponentModel;
using Microsoft.Extensions.Configuration;

namespace Puzzle.DependencyInjection;

/// <summary>Says in words what a configured value should be, where the binder would name a type of .NET.</summary>
internal static class ConfiguredValue
{
    /// <summary>Checks that a value can be read as a type.</summary>
    /// <param name="section">The key; need not exist.</param>
    /// <param name="type">The type of its property.</param>
    /// <exception cref="InvalidOperationException">It cannot.</exception>
    public static void Check(IConfigurationSection section, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        // Lists hold values of their own; an empty value leaves a nullable property null.
        if (section.Value is not { Length: > 0 } value || !(type.IsValueType || type == typeof(string)))
            return;
        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
        }
        catch (Exception refused) when (refused is ArgumentException or FormatException or NotSupportedException or OverflowException)
        {
            throw new InvalidOperationException($"'{section.Path}' is '{value}'; expected {Words(type)}.", refused);
        }
    }

    private static string Words(Type type) => type switch
    {
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a time such as 00:00:30",
        _ when type == typeof(double) || type == typeof(float) => "a number such as 0.5",
        _ => "a whole number that fits",
    };
}
