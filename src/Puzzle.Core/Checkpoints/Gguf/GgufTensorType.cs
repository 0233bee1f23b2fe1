namespace Puzzle.Checkpoints.Gguf;

/// <summary>How a GGUF file stores matrices; vectors are always 32-bit floats. The values are the file format's own.</summary>
public enum GgufTensorType
{
    /// <summary>32-bit floats.</summary>
    F32 = 0,

    /// <summary>16-bit floats.</summary>
    F16 = 1,

    /// <summary>
    /// 8-bit integers in blocks of 32 that share a 16-bit scale (<c>q8_0</c>), 8.5 bits per weight. A matrix whose rows are no multiple
    /// of 32 is stored as <see cref="F16"/>, and reported.
    /// </summary>
    Q8 = 8,
}
