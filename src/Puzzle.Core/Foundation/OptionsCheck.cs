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
        var failures = new List<ValidationResult>();
        if (!Validator.TryValidateObject(copy, new ValidationContext(copy), failures, validateAllProperties: true))
            throw new OptionsValidationException(typeof(TOptions).Name, typeof(TOptions), failures.Select(failure => failure.ErrorMessage ?? ""));
        return copy;
    }

    /// <summary>Gives a copy; the defaults if null.</summary>
    public static TOptions Copy<TOptions>(TOptions? options)
        where TOptions : class, new()
    {
        var copy = new TOptions();
        if (options is null)
            return copy;
        foreach (PropertyInfo property in typeof(TOptions).GetProperties().Where(property => property.CanWrite))
        {
            object? value = property.GetValue(options);
            property.SetValue(copy, value is IList<string> names ? names.ToList() : value);
        }
        return copy;
    }
}
