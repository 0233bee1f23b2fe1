using System.CommandLine;
using System.CommandLine.Invocation;

namespace Puzzle.ConsoleApp;

/// <summary>Says what is wrong with a command line, on standard error and without pages of help.</summary>
internal static class ParseErrors
{
    public static ParseResult WithoutHelp(this ParseResult parsed)
    {
        if (parsed.Action is ParseErrorAction errors)
            errors.ShowHelp = false;
        return parsed;
    }
}
