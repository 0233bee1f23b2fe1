using System.CommandLine;
using Puzzle.Reporting;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>Runs the console with some arguments, several times, and prints a row for each run.</summary>
internal static class HeadlineCommand
{
    public static Command Create()
    {
        var repository = new Option<string>("--repository") { DefaultValueFactory = _ => Directory.GetCurrentDirectory() };
        var runs = new Option<int>("--runs") { DefaultValueFactory = _ => 1 };
        var arguments = new Argument<string[]>("arguments")
        {
            Description = "The console's arguments, after --.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("headline", "Runs the console and prints what it kept, and in what time.")
        {
            repository, runs, arguments,
        };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(repository)!, parsed.GetValue(runs), parsed.GetValue(arguments)!));
        return command;
    }

    private static async Task RunAsync(string repository, int runs, string[] arguments)
    {
        await ConsoleRun.BuildAsync(repository);
        string folder = Directory.CreateTempSubdirectory("puzzle-headline").FullName;
        try
        {
            Console.WriteLine(HeadlineRow.Header);
            for (int i = 0; i < runs; i++)
            {
                (RunReport report, TimeSpan time) = await ConsoleRun.RunAsync(repository, Path.Combine(folder, $"run-{i + 1}"), arguments);
                Console.WriteLine(HeadlineRow.Of($"`{string.Join(' ', arguments)}`", report, time));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
