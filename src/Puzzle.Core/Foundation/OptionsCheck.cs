using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Puzzle.Foundation;

/// <summary>Copies and checks options that did not come from a container, which validates them at start.</summary>
internal static class OptionsCheck
{
    /// <summary>Gives a copy, so that what the caller changes later changes nothing.</summary>
    /// <exception cref="OptionsValidationException">A value is out of range; every failure is listed.</exception>
    public static TOptions Valid<TOptions>(TOptions? options)
        where TOptions : class, new()
    {
        TOptions copy = Copy(options);
        IReadOnlyList<string> failures = Failures(copy);
        return failures.Count == 0 ? copy : throw new OptionsValidationException(typeof(TOptions).Name, typeof(TOptions), failures);
    }

    /// <summary>Says what is wrong with options: every value that is out of range, and values that contradict each other.</summary>
    public static IReadOnlyList<string> Failures(object options)
    {
        var failures = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), failures, validateAllProperties: true);
        return [.. failures.Select(failure => failure.ErrorMessage ?? "")];
    }

    /// <summary>Gives a copy; the defaults if null.</summary>
    public static TOptions Copy<TOptions>(TOptions? options)
        where TOptions : class, new()
    {
        var copy = new TOptions();
        if (options is null)
            return copy;
        foreach (PropertyInfo property in typeof(TOptions)
            .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(property => property.CanWrite))
        {
            object? value = property.GetValue(options);
            property.SetValue(copy, value is IList<string> names ? names.ToList() : value);
        }
        return copy;
    }
}
