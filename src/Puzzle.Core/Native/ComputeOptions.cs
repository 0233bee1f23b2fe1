using System.ComponentModel.DataAnnotations;

namespace Puzzle.Native;

/// <summary>Where everything of a run computes: the parent, training, scores and torch's measurements.</summary>
public sealed class ComputeOptions : IValidatableObject
{
    /// <summary>Gets or sets the device: <c>auto</c> (the first GPU that torch can use, else the CPU), <c>cpu</c>, <c>cuda</c> or
    /// <c>cuda:n</c>.</summary>
    /// <value><c>cpu</c> by default.</value>
    [Required]
    public string Device { get; set; } = "cpu";

    /// <summary>Gets or sets the most memory that distillation and scores may take on the device, in bytes, the process (on a GPU
    /// the CUDA context) and the parent included: fewer workers, then parts of the text, then fewer windows at once.</summary>
    /// <value>Null by default: what is free when a stage begins, for workers and parts of the text; windows at once as asked
    /// for.</value>
    [Range(1, long.MaxValue)]
    public long? MaxMemoryBytes { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ComputeDevice.ProblemWith(Device) is { } problem)
            yield return new ValidationResult(problem, [nameof(Device)]);
    }
}
