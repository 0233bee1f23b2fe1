namespace Puzzle.Deployment.Generation;

/// <summary>Where and how ONNX Runtime runs a graph.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>Gets the device; the CPU by default.</summary>
    public OnnxDevice Device { get; init; }

    /// <summary>Gets the threads that compute one operator; ONNX Runtime's choice, one for each physical core, by default.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Gets a value indicating whether waiting threads spin; false by default. Spinning is 2 to 20 % faster on a quiet machine and slower than a
    /// single thread on a busy one.
    /// </summary>
    public bool Spin { get; init; }

    /// <summary>Checks that every option is sensible.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Device))
            throw new ArgumentException($"{nameof(OnnxSessionOptions)}.{nameof(Device)} is {Device}; expected one of the known devices.");
        if (Threads is <= 0)
            throw new ArgumentException($"{nameof(OnnxSessionOptions)}.{nameof(Threads)} is {Threads}; expected a positive number.");
    }
}
