using Microsoft.Extensions.Options;

namespace Puzzle.Foundation;

/// <summary>Checks a container's options as <see cref="OptionsCheck"/> checks those given to a constructor, beside checks of a consumer's
/// own.</summary>
internal sealed class ValidatedOptions<TOptions> : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        OptionsCheck.Failures(options) is { Count: > 0 } failures ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
}
