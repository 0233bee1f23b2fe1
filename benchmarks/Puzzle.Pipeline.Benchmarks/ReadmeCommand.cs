using System.CommandLine;
using Puzzle.Reporting;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>Makes README's table and picture: the default run, so many times, of which the median by kept accuracy is shown.</summary>
internal static class ReadmeCommand
{
    public static Command Create()
    {
        var repository = new Option<string>("--repository")
        {
            Description = "The repository to write into.",
            DefaultValueFactory = _ => Directory.GetCurrentDirectory(),
        };
        var runs = new Option<int>("--runs") { Description = "How many runs, an odd number.", DefaultValueFactory = _ => 3 };
        var command = new Command("readme", "Makes README's table and picture from default runs of the console.") { repository, runs };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(repository)!, parsed.GetValue(runs)));
        return command;
    }

    private static async Task RunAsync(string repository, int runs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        await ConsoleRun.BuildAsync(repository);
        string folder = Directory.CreateTempSubdirectory("puzzle-readme").FullName;
        try
        {
            await RunAsync(repository, runs, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string repository, int runs, string folder)
    {
        var made = new List<(string Work, RunReport Report, TimeSpan Time)>();
        for (int i = 0; i < runs; i++)
        {
            string work = Path.Combine(folder, $"run-{i + 1}");
            (RunReport report, TimeSpan time) = await ConsoleRun.RunAsync(repository, work);
            made.Add((work, report, time));
            Console.WriteLine(HeadlineRow.Of("default run", report, time));
        }
        made.Sort((one, other) => Comparer<double?>.Default.Compare(one.Report.Top1AccuracyKept, other.Report.Top1AccuracyKept));
        (string shown, RunReport median, TimeSpan seconds) = made[runs / 2];

        string docs = Path.Combine(repository, "docs"), picture = Path.Combine(docs, DefaultRun.PictureName);
        File.Copy(Path.Combine(shown, DefaultRun.PictureName), picture, overwrite: true);
        var run = new DefaultRun(
            Math.Round(seconds.TotalSeconds), DefaultRun.DigestOf(picture),
            [.. made.Where(one => one.Work != shown).Select(one => one.Report.Top1AccuracyKept ?? 0)])
        {
            Report = median,
        };
        run.Write(Path.Combine(docs, DefaultRun.FolderName), shown);
        string readme = Path.Combine(repository, "README.md");
        File.WriteAllText(readme, run.Into(File.ReadAllText(readme)));
        Console.WriteLine($"README.md and docs/ are of {Path.GetFileName(shown)}");
    }
}
