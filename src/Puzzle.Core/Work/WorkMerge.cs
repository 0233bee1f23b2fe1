using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Work;

/// <summary>Brings the libraries of workers together by content: nothing twice, whoever made it, and always the same bytes.</summary>
public static class WorkMerge
{
    /// <summary>Copies variants, recipes and scores that a library lacks, and puts its scores in canonical order. Done again, it changes
    /// nothing.</summary>
    /// <param name="into">The library to merge into.</param>
    /// <param name="folders">Folders of libraries of the same parent; what is damaged in them is left out, and so is a folder without a
    /// library.</param>
    /// <param name="cancellationToken">Stops between variants; what was copied stays.</param>
    /// <returns>How many variants and scores were copied.</returns>
    /// <exception cref="InvalidOperationException">A library belongs to another parent.</exception>
    /// <exception cref="IOException">The disk is full, or a library is in use.</exception>
    public static (int Variants, int Scores) Merge(
        DirectoryBlockLibrary into, IEnumerable<string> folders, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentNullException.ThrowIfNull(folders);
        (int variants, int scores) = (0, 0);
        foreach (string folder in folders)
        {
            if (Open(folder) is not { } other)
                continue;
            using (other)
            {
                variants += into.CopyFrom(other, cancellationToken).Count;
                scores += into.CopyScoresFrom(other);
            }
        }
        into.OrderScores();
        return (variants, scores);
    }

    // A worker that died at once leaves a folder without a library in it.
    private static DirectoryBlockLibrary? Open(string folder)
    {
        try
        {
            return DirectoryBlockLibrary.OpenToRead(folder);
        }
        catch (CheckpointFormatException)
        {
            return null;
        }
    }
}
