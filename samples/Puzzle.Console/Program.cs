using System.CommandLine;
using System.Globalization;
using Puzzle.ConsoleApp;

// Numbers are written and read the same way everywhere.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
RootCommand root = CompressCommand.Create();
root.Subcommands.Add(GenerateCommand.Create());
root.Subcommands.Add(EvaluateCommand.Create());
root.Subcommands.Add(DistillBlocksCommand.Create());
root.Subcommands.Add(DistillCommand.Create());
root.Subcommands.Add(ScoreCommand.Create());
root.Subcommands.Add(ExportCommand.Create());
root.Subcommands.Add(SolveCommand.Create());
root.Subcommands.Add(FrontierCommand.Create());
root.Subcommands.Add(PlanCommand.Create());
root.Subcommands.Add(SubmitCommand.Create());
root.Subcommands.Add(WorkCommand.Create());
root.Subcommands.Add(StatusCommand.Create());
root.Subcommands.Add(MergeCommand.Create());
root.Subcommands.Add(CompareCommand.Create());
root.Subcommands.Add(ChatCommand.Create());
root.Subcommands.Add(DoctorCommand.Create());
root.Subcommands.Add(CompletionCommand.Create());
root.Subcommands.Add(ExplainCommand.Create());
// What a line means, without doing it: puzzle [diagram] ...
root.Directives.Add(new DiagramDirective());
return await root.Parse(args)
    .RunAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
