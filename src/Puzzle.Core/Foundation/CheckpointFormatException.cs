namespace Puzzle.Foundation;

/// <summary>A file is not what it should be: it is missing, truncated, malformed, or holds something unsupported.</summary>
public sealed class CheckpointFormatException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file at fault.</param>
    /// <param name="message">What was expected and what was found.</param>
    /// <param name="innerException">The cause, if another exception.</param>
    public CheckpointFormatException(string file, string message, Exception? innerException = null)
        : base($"{file}: {message}", innerException) => File = file;

    /// <summary>Gets the file at fault.</summary>
    public string File { get; }
}
