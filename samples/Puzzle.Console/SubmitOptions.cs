using System.CommandLine;
using Puzzle.Cluster.Kubernetes;
using Puzzle.Cluster.Slurm;

namespace Puzzle.ConsoleApp;

/// <summary>What <c>submit</c> is told of the engine.</summary>
internal sealed record SubmitOptions(
    SlurmOptions Slurm, KubernetesOptions Kubernetes, IReadOnlyList<string> RunOptions, string Folder, string Name)
{
    private const long Mebibyte = 1 << 20;

    private static readonly Option<int?> Tasks = new("--tasks") { Description = "At most so many tasks at once (16 by default)." };
    private static readonly Option<int?> Processors = new("--cpus") { Description = "Processors of a task." };
    private static readonly Option<long?> Memory = new("--task-memory")
    {
        Description = "MiB of memory of a task; by default what the plan estimates and a reserve, where there is a plan.",
    };
    private static readonly Option<TimeSpan?> Limit = new("--limit")
    {
        Description = "slurm: the time after which a job is ended, such as 4:00:00; what is not done by then is submitted again.",
    };
    private static readonly Option<string?> Partition = new("--partition") { Description = "slurm: the partition." };
    private static readonly Option<string?> Account = new("--account") { Description = "slurm: the account." };
    private static readonly Option<string[]> Further = new("--sbatch")
    {
        Description = "slurm: a further option of sbatch, as --sbatch=--qos=long; may be repeated.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string[]> Last = new("--run-sbatch")
    {
        Description = "slurm: an option of sbatch for the last job alone, as --run-sbatch=--gres=gpu:1; may be repeated.",
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<string?> Program = new("--program")
    {
        Description = "What starts puzzle on the nodes or in the image; by default this very program, or puzzle in an image.",
    };
    private static readonly Option<string?> Image = new("--image") { Description = "kubernetes: the container image that has puzzle." };
    private static readonly Option<string?> Claim = new("--claim")
    {
        Description = "kubernetes: the claim of a volume that all pods may write.",
    };
    private static readonly Option<string> Mount = new("--mount")
    {
        Description = "kubernetes: where the volume is in the pods; work folder, parent and texts are named by their paths there.",
        DefaultValueFactory = _ => new KubernetesOptions().MountPath,
    };
    private static readonly Option<string?> Namespace = new("--namespace") { Description = "kubernetes: the namespace." };
    private static readonly Option<string> Out = new("--out")
    {
        Description = "kubernetes: the folder to write the jobs to.",
        DefaultValueFactory = _ => "puzzle-jobs",
    };
    private static readonly Option<string> JobName = new("--name")
    {
        Description = "kubernetes: what the jobs' names begin with.",
        DefaultValueFactory = _ => "puzzle",
    };

    // Where a job goes on that another one submitted.
    private static readonly Option<SlurmStage?> Stage = new("--step-stage") { Hidden = true };
    private static readonly Option<int> Futile = new("--step-futile") { Hidden = true };
    private static readonly Option<int?> Left = new("--step-left") { Hidden = true };

    // Those that a job passes on to the next.
    private static readonly Option[] Passed = [Tasks, Processors, Memory, Limit, Partition, Account, Further, Last, Program];

    public static void AddTo(Command command)
    {
        foreach (Option option in (Option[])[.. Passed, Image, Claim, Mount, Namespace, Out, JobName, Stage, Futile, Left])
            command.Options.Add(option);
    }

    public static SubmitOptions Of(ParseResult parsed)
    {
        long? memory = parsed.GetValue(Memory) * Mebibyte;
        string? program = parsed.GetValue(Program);
        var slurm = new SlurmOptions
        {
            Worker = program is null ? ThisProgram() : [program],
            MaxTasks = parsed.GetValue(Tasks) ?? new SlurmOptions().MaxTasks,
            Processors = parsed.GetValue(Processors),
            MemoryBytes = memory,
            TimeLimit = parsed.GetValue(Limit),
            Partition = parsed.GetValue(Partition),
            Account = parsed.GetValue(Account),
            Further = parsed.GetValue(Further)!,
        };
        var kubernetes = new KubernetesOptions
        {
            Image = parsed.GetValue(Image) ?? "",
            Claim = parsed.GetValue(Claim) ?? "",
            MountPath = parsed.GetValue(Mount)!,
            Namespace = parsed.GetValue(Namespace),
            Processors = slurm.Processors,
            MemoryBytes = memory,
        };
        if (program is not null)
            kubernetes.Worker = [program];
        return new SubmitOptions(slurm, kubernetes, parsed.GetValue(Last)!, parsed.GetValue(Out)!, parsed.GetValue(JobName)!);
    }

    /// <summary>Gives the step to take; null for the first one, which a user takes.</summary>
    public static SlurmStep? StepOf(ParseResult parsed) => parsed.GetValue(Stage) is { } stage
        ? new SlurmStep(stage, parsed.GetValue(Futile), parsed.GetValue(Left))
        : null;

    /// <summary>Gives the options that were given, for the job that goes on.</summary>
    public static IReadOnlyList<string> ArgumentsOf(ParseResult parsed) =>
    [
        .. from option in Passed
           let given = parsed.GetResult(option)
           where given is { Implicit: false }
           from token in given.Tokens
           select $"{option.Name}={token.Value}",
    ];

    /// <summary>Gives the options that say which step to take.</summary>
    public static IReadOnlyList<string> ArgumentsOf(SlurmStep step) =>
    [
        FormattableString.Invariant($"{Stage.Name}={step.Stage}"), FormattableString.Invariant($"{Futile.Name}={step.Futile}"),
        .. step.Left is { } left ? [FormattableString.Invariant($"{Left.Name}={left}")] : Array.Empty<string>(),
    ];

    private static string[] ThisProgram()
    {
        string path = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Path.Combine(AppContext.BaseDirectory, "puzzle.dll")] : [path];
    }
}
