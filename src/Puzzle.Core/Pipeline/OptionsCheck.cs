using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Puzzle.Pipeline;

/// <summary>Checks options that did not come from a container, which validates them at start.</summary>
internal static class OptionsCheck
{
    /// <exception cref="OptionsValidationException">A value is out of range; every failure is listed.</exception>
    public static TOptions Valid<TOptions>(TOptions? options)
        where TOptions : class, new()
    {
        options ??= new TOptions();
        var failures = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), failures, validateAllProperties: true))
            throw new OptionsValidationException(typeof(TOptions).Name, typeof(TOptions), failures.Select(failure => failure.ErrorMessage ?? ""));
        return options;
    }
}
