namespace Puzzle.Text;

/// <summary>What a file says of a token: its text or its id, that there is none, or nothing.</summary>
internal readonly record struct NamedToken
{
    /// <summary>Gets what says that there is no such token.</summary>
    public static NamedToken None { get; } = new() { IsNone = true };

    public string? Text { get; init; }

    public int? Id { get; init; }

    /// <summary>Gets the file that names it by its text.</summary>
    public string? File { get; init; }

    /// <summary>Gets whether it is said that there is none.</summary>
    public bool IsNone { get; init; }

    /// <summary>Names a token by its text; an empty text says that there is none, null nothing.</summary>
    public static NamedToken Of(string? text, string? file = null) => text switch
    {
        null => default,
        "" => None,
        _ => new NamedToken { Text = text, File = file },
    };

    /// <summary>Gives what this says, or else what another file says.</summary>
    public NamedToken Or(NamedToken other) => this == default ? other : this;
}
