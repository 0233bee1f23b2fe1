using System.ComponentModel.DataAnnotations;

namespace Puzzle.Cluster.Kubernetes;

/// <summary>What the pods of a job are made of. What is null is left to the cluster's own defaults.</summary>
public sealed class KubernetesOptions
{
    /// <summary>Gets or sets the container image that has <c>puzzle</c>.</summary>
    [Required(ErrorMessage = "Image: name the container image that has puzzle.")]
    public string Image { get; set; } = "";

    /// <summary>Gets or sets the claim of a volume that all pods may write at once (<c>ReadWriteMany</c>).</summary>
    [Required(ErrorMessage = "Claim: name the persistent volume claim that all pods may write.")]
    public string Claim { get; set; } = "";

    /// <summary>Gets or sets where the volume is in every pod; work folder, parent and texts are below it.</summary>
    /// <value><c>/mnt/puzzle</c> by default.</value>
    [RegularExpression("/.*", ErrorMessage = "MountPath: expected a whole path.")]
    [Required]
    public string MountPath { get; set; } = "/mnt/puzzle";

    /// <summary>Gets or sets the namespace.</summary>
    /// <value>Null by default: that of whoever applies it.</value>
    public string? Namespace { get; set; }

    /// <summary>Gets or sets the command that starts <c>puzzle</c> in the image: the program and its first arguments.</summary>
    /// <value><c>puzzle</c> by default, found by the image's search path.</value>
    [Required]
    [MinLength(1)]
    public IList<string> Worker { get; set; } = ["puzzle"];

    /// <summary>Gets or sets the processors of a pod, asked for and at most.</summary>
    /// <value>Null by default.</value>
    [Range(1, 4096)]
    public int? Processors { get; set; }

    /// <summary>Gets or sets the memory of a pod, asked for and at most.</summary>
    /// <value>Null by default.</value>
    [Range(1L << 20, 1L << 50)]
    public long? MemoryBytes { get; set; }

    /// <summary>Gets or sets the time in which a worker that is told to end gives back the unit under way.</summary>
    /// <value>2 minutes by default: a step of training ends within one.</value>
    [Range(typeof(TimeSpan), "00:00:01", "18:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets how often a pod that failed is started again.</summary>
    /// <value>3 by default: a unit that fails is set aside by its third failure.</value>
    [Range(0, 100)]
    public int Retries { get; set; } = 3;
}
