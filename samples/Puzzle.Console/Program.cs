using System.CommandLine;
using System.CommandLine.Invocation;
using Puzzle.ConsoleApp;

RootCommand root = CompressCommand.Create();
root.Subcommands.Add(GenerateCommand.Create());
root.Subcommands.Add(EvaluateCommand.Create());
root.Subcommands.Add(DistillBlocksCommand.Create());
root.Subcommands.Add(DistillCommand.Create());
root.Subcommands.Add(ScoreCommand.Create());
root.Subcommands.Add(ExportCommand.Create());
root.Subcommands.Add(SolveCommand.Create());
root.Subcommands.Add(FrontierCommand.Create());
root.Subcommands.Add(ExplainCommand.Create());
ParseResult parsed = root.Parse(args);
// A mistake is a line on standard error: what goes to standard output is for other programs.
if (parsed.Action is ParseErrorAction mistake)
    mistake.ShowHelp = false;
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
