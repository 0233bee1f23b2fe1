using Puzzle.Foundation;

namespace Puzzle.ConsoleApp;

/// <summary>What a run was started for, kept in its folder: --resume alone finds the last run of the same.</summary>
/// <param name="Parent">The parent's folder.</param>
/// <param name="Target">What the child must achieve, in words.</param>
/// <param name="Folder">The folder the command was given in.</param>
internal sealed record RunStart(string Parent, string Target, string Folder)
{
    private const string FileName = "start.json";

    /// <summary>Describes a run that is started now.</summary>
    public static RunStart Now(string? parent, string target) =>
        new(Path.GetFullPath(parent ?? DefaultAssets.Parent), target, Path.GetFullPath(Environment.CurrentDirectory));

    /// <summary>Reads what a folder's run was started for; null if that is not known, or the file is damaged.</summary>
    public static RunStart? Find(string folder)
    {
        try
        {
            return SealedJson.Find(Path.Combine(folder, FileName), ConsoleJson.Default.RunStart);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(string folder) => SealedJson.Write(Path.Combine(folder, FileName), this, ConsoleJson.Default.RunStart);

    /// <inheritdoc/>
    public override string ToString() => $"{Parent} for {Target} from {Folder}";
}
