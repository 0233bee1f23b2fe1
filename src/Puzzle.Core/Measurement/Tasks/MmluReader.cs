using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads MMLU: questions of 57 subjects with four choices, named by their letters.</summary>
public static class MmluReader
{
    private const string Letters = "ABCD";

    /// <summary>Reads the test questions.</summary>
    /// <param name="path">
    /// The folder that holds <c>test</c> and <c>dev</c>, or one subject's test file. A row is the question, four choices and the
    /// right one's letter or number from 0; a header row is passed over.
    /// </param>
    /// <param name="shots">How many solved questions of the subject, from <c>dev</c>, come first; 5 is usual.</param>
    /// <exception cref="CheckpointFormatException">A file is missing or malformed.</exception>
    /// <exception cref="ArgumentException">A subject has fewer examples.</exception>
    public static IReadOnlyList<TaskQuestion> Read(string path, int shots = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(shots);
        string[] files = Directory.Exists(path) ? TestFiles(path) : [path];
        return [.. files.SelectMany(file => FewShot.Prepend(ReadFile(file), shots == 0 ? [] : ReadFile(ExamplesOf(file)), shots))];
    }

    private static string[] TestFiles(string folder)
    {
        string test = Path.Combine(folder, "test");
        string[] files = Directory.Exists(test) ? Directory.GetFiles(test, "*.csv") : [];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new CheckpointFormatException(test, "there is no .csv file in it");
    }

    private static string ExamplesOf(string testFile) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(testFile))!, "..", "dev", SubjectOf(testFile) + "_dev.csv");

    private static string SubjectOf(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        int suffix = name.LastIndexOf('_');
        return suffix > 0 && name[suffix..] is "_test" or "_dev" or "_val" ? name[..suffix] : name;
    }

    private static List<TaskQuestion> ReadFile(string file)
    {
        string subject = SubjectOf(file);
        string preamble = $"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n";
        List<string[]> rows = CsvRows.Read(file);
        if (rows.Count > 0 && rows[0] is ["question", .., "answer"])
            rows.RemoveAt(0);
        if (rows.Count == 0)
            throw new CheckpointFormatException(file, "the file holds no question");
        return [.. rows.Select((row, index) =>
        {
            if (row is not [var question, var a, var b, var c, var d, [var answer]] || AnswerOf(answer) is not { } right)
                throw new CheckpointFormatException(file, $"question {index + 1}: expected the question, four choices and the right " +
                    $"one's letter or number; found {row.Length} fields that end in '{row[^1]}'");
            return new TaskQuestion($"{question.Trim()}\nA. {a}\nB. {b}\nC. {c}\nD. {d}\nAnswer:", [" A", " B", " C", " D"], right,
                subject) { Preamble = preamble };
        })];
    }

    private static int? AnswerOf(char answer) =>
        answer is >= '0' and <= '3' ? answer - '0' : Letters.IndexOf(answer) is >= 0 and var letter ? letter : null;
}
