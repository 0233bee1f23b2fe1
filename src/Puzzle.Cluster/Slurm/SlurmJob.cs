namespace Puzzle.Cluster.Slurm;

/// <summary>A job for Slurm: one command, or an array of them that read their number from the environment.</summary>
/// <param name="Name">Its name in the queue.</param>
/// <param name="Command">A program and its arguments, passed on as they are.</param>
/// <param name="LogDirectory">Where its output goes: a file named after the job, its number and that of the task. Created if
/// absent.</param>
public sealed record SlurmJob(string Name, IReadOnlyList<string> Command, string LogDirectory)
{
    /// <summary>Gets the numbers of the tasks of an array.</summary>
    /// <value>None by default: a single job.</value>
    public IReadOnlyList<int> Tasks { get; init; } = [];

    /// <summary>Gets what it waits for, in the words of <c>sbatch --dependency</c>, such as <c>afterany:17</c>. A job whose wait can never
    /// end is removed.</summary>
    /// <value>Null by default: nothing.</value>
    public string? Dependency { get; init; }

    /// <summary>Gets the memory of a task, where <see cref="SlurmOptions.MemoryBytes"/> says nothing.</summary>
    /// <value>Null by default: the cluster's default.</value>
    public long? MemoryBytes { get; init; }

    /// <summary>Gets options of <c>sbatch</c> of this job alone, one an entry; they win over those of <see cref="SlurmOptions"/>.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];
}
