using System.CommandLine;

namespace Puzzle.ConsoleApp;

/// <summary>Hands a whole run to an engine that runs many processes.</summary>
internal static class SubmitCommand
{
    private const string Slurm = "slurm", Kubernetes = "kubernetes";

    private static readonly Option<string> On = new Option<string>("--on")
    {
        Description = "The engine: slurm submits jobs, kubernetes writes them as YAML.",
        Required = true,
    }.AcceptOnlyFromAmong(Slurm, Kubernetes);

    public static Command Create()
    {
        var command = new Command("submit", """
            Hands a whole run to an engine: blocks and scores are shared by many tasks, then the search and the healing of the child follow. All tasks see the work folder.

            Examples:
              puzzle submit --on slurm --tasks 32 --cpus 8 --limit 4:00:00 --work runs/a --parent path/to/model --text corpus.txt
              puzzle submit --on kubernetes --image your/puzzle --claim puzzle-work --work /mnt/puzzle/a --parent /mnt/puzzle/model
            """) { On };
        SubmitOptions.AddTo(command);
        CompressCommand.AddOptionsTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private static Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(CompressCommand.Work) is not { } work)
            throw new ArgumentException("submit needs --work, the folder that all tasks see.");
        CompressSettings settings = CompressCommand.Settings(parsed, Path.GetFullPath(work));
        if (settings.TargetsOnnx)
            throw new NotSupportedException("A plan measures torch; submit without --engine onnx.");
        SubmitOptions options = SubmitOptions.Of(parsed);
        IReadOnlyList<string> arguments = CompressCommand.ArgumentsOf(parsed);
        if (parsed.GetValue(On) == Kubernetes)
        {
            KubernetesRun.Write(settings, options, arguments);
            return Task.CompletedTask;
        }
        var run = new SlurmRun(settings, options, arguments, [On.Name, Slurm, .. SubmitOptions.ArgumentsOf(parsed)]);
        return run.StepAsync(SubmitOptions.StepOf(parsed), cancellationToken);
    }
}
