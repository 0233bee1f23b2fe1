using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;

namespace Puzzle.ConsoleApp;

/// <summary>Says what is wrong with a command line: on standard error, without pages of help, in words instead of types.</summary>
internal static partial class ParseErrors
{
    /// <summary>Runs a command, or says why its line is none.</summary>
    public static async Task<int> RunAsync(this ParseResult parsed, InvocationConfiguration configuration)
    {
        if (parsed.Action is not ParseErrorAction errors)
            return await parsed.InvokeAsync(configuration);
        errors.ShowHelp = false;
        await using var text = new StringWriter();
        configuration.Error = text;
        int exitCode = await parsed.InvokeAsync(configuration);
        await Console.Error.WriteAsync(TypeName().Replace(text.ToString(), found => $": expected {Words(found.Groups[1].Value)}"));
        return exitCode;
    }

    private static string Words(string type) => type switch
    {
        "Int32" or "Int64" => "a whole number",
        "Double" => "a number such as 0.5",
        "Boolean" => "true or false",
        _ => "another value",
    };

    [GeneratedRegex(@" as expected type '(?:System\.Nullable`1\[)?(?:[\w.]+\.)?(\w+)[^']*'")]
    private static partial Regex TypeName();
}
