using System.Globalization;
using Puzzle.Work;

namespace Puzzle.Cluster;

/// <summary>Which share of a plan a task of an array does, told by the engine that started it.</summary>
public static class ArrayTask
{
    /// <summary>The variable of Slurm's array jobs; arrays that this package submits count from 1.</summary>
    private const string SlurmVariable = "SLURM_ARRAY_TASK_ID";

    /// <summary>The variable of Kubernetes' Indexed Jobs, from 0.</summary>
    private const string KubernetesVariable = "JOB_COMPLETION_INDEX";

    /// <summary>Gives the share of this task.</summary>
    /// <param name="shares">Of how many.</param>
    /// <param name="variable">Reads a variable of the environment; null where there is none.</param>
    /// <exception cref="InvalidOperationException">Neither engine started this process as a task of an array.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The array has more tasks than there are shares.</exception>
    public static WorkShare ShareOf(int shares, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (NumberIn(SlurmVariable) is { } task)
            return new WorkShare(task, shares);
        if (NumberIn(KubernetesVariable) is { } index)
            return new WorkShare(index + 1, shares);
        throw new InvalidOperationException(
            $"Neither {SlurmVariable} nor {KubernetesVariable} has a number: this process is no task of an array. Name the share, as i/n.");

        int? NumberIn(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}
