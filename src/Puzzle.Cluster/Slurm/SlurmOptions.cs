using System.ComponentModel.DataAnnotations;

namespace Puzzle.Cluster.Slurm;

/// <summary>How jobs are asked of Slurm. What is null is left to the cluster's own defaults.</summary>
public sealed class SlurmOptions : IValidatableObject
{
    /// <summary>Gets or sets the command that starts <c>puzzle</c> on a node: the program and its first arguments.</summary>
    /// <value><c>puzzle</c> by default, found by the nodes' search path.</value>
    [Required]
    [MinLength(1)]
    public IList<string> Worker { get; set; } = ["puzzle"];

    /// <summary>Gets or sets the most tasks of an array.</summary>
    /// <value>16 by default.</value>
    [Range(1, 100_000)]
    public int MaxTasks { get; set; } = 16;

    /// <summary>Gets or sets the estimated time that a task has at least: there are fewer tasks where they would have less.</summary>
    /// <value>5 minutes by default: starting a process on a node and loading a parent there takes up to one.</value>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan MinTaskTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets the partition.</summary>
    /// <value>Null by default.</value>
    public string? Partition { get; set; }

    /// <summary>Gets or sets the account that is charged.</summary>
    /// <value>Null by default.</value>
    public string? Account { get; set; }

    /// <summary>Gets or sets the time after which a job is ended. What is not done by then is submitted again.</summary>
    /// <value>Null by default.</value>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>Gets or sets the time before the limit at which a worker is told to end the unit under way.</summary>
    /// <value>2 minutes by default: a step of training ends within one, and Slurm looks at its clock once a minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "18:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets the processors of a task.</summary>
    /// <value>Null by default.</value>
    [Range(1, 4096)]
    public int? Processors { get; set; }

    /// <summary>Gets or sets the memory of a task.</summary>
    /// <value>Null by default: of an array what its plan estimates, with a reserve; of other jobs the cluster's default.</value>
    [Range(1L << 20, 1L << 50)]
    public long? MemoryBytes { get; set; }

    /// <summary>Gets or sets how often tasks that left units are submitted again without one unit less; as long as units get fewer, they
    /// are.</summary>
    /// <value>2 by default: one is for a node at fault.</value>
    [Range(0, 100)]
    public int MaxResubmissions { get; set; } = 2;

    /// <summary>Gets or sets further options of <c>sbatch</c>, such as <c>--qos=long</c>, one an entry.</summary>
    /// <value>None by default.</value>
    [Required]
    public IList<string> Further { get; set; } = [];

    /// <summary>Gets or sets the folder of <c>sbatch</c>, <c>squeue</c> and <c>scancel</c>.</summary>
    /// <value>Null by default: the search path has them.</value>
    public string? Commands { get; set; }

    /// <summary>Gets or sets the time between two looks at a job that is waited for.</summary>
    /// <value>20 seconds by default, as often as workers give signs of life.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeLimit <= GracePeriod)
            yield return new ValidationResult(
                $"{nameof(TimeLimit)} is {TimeLimit}; it has to be longer than {nameof(GracePeriod)}, which is {GracePeriod}.",
                [nameof(TimeLimit)]);
        if (Further.FirstOrDefault(option => !option.StartsWith('-')) is { } stray)
            yield return new ValidationResult(
                $"{nameof(Further)} has '{stray}'; expected options of sbatch, such as --qos=long.", [nameof(Further)]);
    }
}
