using System.Text.RegularExpressions;

namespace Puzzle.Tests;

/// <summary>
/// Files are read one way, by <c>JsonReader</c>, <c>TextFile</c>, <c>RegularFile</c> and <c>SealedJson</c>: what is a folder or never ends
/// is refused, byte order marks and invalid text are met once, and every fault is the documented exception.
/// </summary>
public sealed partial class FileReadingTests
{
    // Where files are opened or JSON is parsed otherwise, and why that is right.
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["src/Puzzle.Core/Foundation/RegularFile.cs"] = "it is the way",
        ["src/Puzzle.Core/Foundation/JsonReader.cs"] = "it is the way",
        ["src/Puzzle.Core/Foundation/AtomicFile.cs"] = "it writes",
        ["src/Puzzle.Core/Foundation/FileLock.cs"] = "a lock, whose content is not read",
        ["src/Puzzle.Core/Foundation/ScratchFolder.cs"] = "a lock, whose content is not read",
        ["src/Puzzle.Core/Library/LibraryLock.cs"] = "a lock, whose content is not read",
        ["src/Puzzle.Core/Library/ScoreJournal.cs"] = "it appends to what RegularFile has read",
        ["src/Puzzle.Core/Work/FolderTime.cs"] = "it writes",
        ["src/Puzzle.Core/Work/UnitFolder.cs"] = "it writes",
        ["src/Puzzle.Core/Work/ProcessPlace.cs"] = "the kernel's files, which have no length",
        ["src/Puzzle.Core/Models/TensorStore.cs"] = "a scratch file of this process",
        ["src/Puzzle.Core/Checkpoints/CommonKeys.cs"] = "a constant",
        ["src/Puzzle.Core/Checkpoints/HuggingFaceConfigFormat.cs"] = "what it has just written",
        ["src/Puzzle.Core/Text/CanonicalJson.cs"] = "what was parsed by JsonReader before",
        ["src/Puzzle.Core/Native/HostHardware.cs"] = "the kernel's files, which have no length",
        ["src/Puzzle.Core/Native/PatchedLibraryCache.cs"] = "it writes the copy that RegularFile has read",
        ["src/Puzzle.Distillation/Global/GlobalDistiller.cs"] = "what the digest of a training state has checked",
        ["src/Puzzle.Distillation/Training/TrainingRanks.cs"] = "what the first rank has just written",
        ["src/Puzzle.Sdk/Reporting/Html/HtmlReport.cs"] = "a resource of the assembly",
        ["samples/Puzzle.Console/FrontierChart.cs"] = "a picture in a scratch folder of this process",
    };

    [Fact]
    public void Sources_ReadFilesOneWay()
    {
        IEnumerable<string> bypasses = Bypasses()
            .Where(place => !Allowed.ContainsKey(place.File))
            .Select(place => $"{place.File}: {place.Line}");
        Assert.Empty(bypasses);
    }

    [Fact]
    public void AllowedPlaces_StillNeedTo() => Assert.Empty(Allowed.Keys.Except(Bypasses().Select(place => place.File)));

    private static IEnumerable<(string File, string Line)> Bypasses() =>
        from file in SourceFiles.All
        where file.StartsWith("src/", StringComparison.Ordinal) || file.StartsWith("samples/", StringComparison.Ordinal)
        from line in SourceFiles.Lines(file)
        where Bypass().IsMatch(line) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
        select (file, line.Trim());

    [GeneratedRegex(
        @"(?<!\w)File\.(?:ReadAll|ReadLines|OpenRead|OpenText|OpenHandle|Open\b)"
        + @"|new (?:FileStream|StreamReader|Utf8JsonReader)\("
        + @"|(?:JsonDocument|JsonNode|JsonElement)\.Parse|JsonSerializer\.Deserialize|ZipFile\.Open"
        + @"|FileInfo.*\.(?:Open|OpenRead|OpenText)\(")]
    private static partial Regex Bypass();
}
