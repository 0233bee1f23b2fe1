namespace Puzzle.Cluster.Slurm;

/// <summary>Writes the script that a node runs.</summary>
internal static class SlurmScript
{
    // Where nothing keeps a task to its processors, it would take all of the node's.
    private const string Processors =
        "[ -z \"${SLURM_CPUS_ON_NODE:-}\" ] || export DOTNET_PROCESSOR_COUNT=\"${SLURM_CPUS_PER_TASK:-$SLURM_CPUS_ON_NODE}\"";

    /// <summary>Gives the script of a command. The command takes the place of the shell, so that the signal before the limit, which goes to
    /// the shell alone, reaches it.</summary>
    /// <exception cref="ArgumentException">There is no command, or one that no process can be given.</exception>
    public static string Of(IReadOnlyList<string> command)
    {
        if (command.Count == 0 || command[0].Length == 0)
            throw new ArgumentException("A job needs a command.", nameof(command));
        return $"#!/bin/bash\n{Processors}\nexec -- {string.Join(' ', command.Select(Quoted))}\n";
    }

    // Within single quotes everything stands for itself, but for the quote that ends them.
    private static string Quoted(string argument) => argument.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("An argument of a job has a zero character; no process can be given that.")
        : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
