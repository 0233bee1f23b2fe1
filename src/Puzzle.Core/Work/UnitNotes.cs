using System.Globalization;

namespace Puzzle.Work;

/// <summary>What the names of a unit's files say.</summary>
/// <param name="IsDone">Whether its result is stored.</param>
/// <param name="Claim">The number of the last claim; 0 if there was none.</param>
/// <param name="IsBack">Whether that was given back.</param>
/// <param name="Deaths">The claims before it that were never given back.</param>
/// <param name="Failures">How often it failed.</param>
internal sealed record UnitNotes(bool IsDone, int Claim, bool IsBack, int Deaths, int Failures)
{
    /// <summary>Gets a value indicating whether a worker has it, dead or alive.</summary>
    public bool IsTaken => !IsDone && Claim > 0 && !IsBack;

    /// <summary>Gives what is so if the worker that has it is dead.</summary>
    public UnitNotes IfDead => this with { Deaths = Deaths + (IsTaken ? 1 : 0) };

    /// <summary>Says whether nobody should take it any more.</summary>
    public bool IsSetAside(WorkOptions options) => !IsDone && (Failures >= options.MaxFailures || Deaths >= options.MaxDeaths);

    public static UnitNotes Of(UnitFolder folder)
    {
        string[] names = folder.Names();
        int[] claims = Numbers(names, UnitFolder.Claim), back = Numbers(names, UnitFolder.Back);
        int last = claims.DefaultIfEmpty().Max();
        return new UnitNotes(
            names.Contains(UnitFolder.Done), last, back.Contains(last), claims.Count(claim => claim != last && !back.Contains(claim)),
            Numbers(names, UnitFolder.Failure).Length);
    }

    private static int[] Numbers(string[] names, string kind) =>
    [
        .. from name in names
           where name.StartsWith(kind, StringComparison.Ordinal)
           let text = Path.GetFileNameWithoutExtension(name)[kind.Length..]
           where int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
           select int.Parse(text, CultureInfo.InvariantCulture),
    ];
}
