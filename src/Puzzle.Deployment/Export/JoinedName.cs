namespace Puzzle.Deployment.Export;

/// <summary>The name of several weights that a graph stores as one: matrices of one width, their rows one after another, or
/// vectors.</summary>
internal static class JoinedName
{
    // No weight has it in its name.
    private const char Separator = '+';

    /// <summary>Gives the name of weights together.</summary>
    /// <param name="names">Their whole names.</param>
    public static string Of(params ReadOnlySpan<string> names) => string.Join(Separator, names);

    /// <summary>Gives the whole names of the weights that a name stands for.</summary>
    public static string[] Parts(string name) => name.Split(Separator);
}
