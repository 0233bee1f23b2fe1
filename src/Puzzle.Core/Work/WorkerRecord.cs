namespace Puzzle.Work;

/// <summary>Who a worker is; the file's own time says when it was last heard of.</summary>
/// <param name="Place">Which processes share its process numbers: host and namespace.</param>
/// <param name="Process">Its process number.</param>
/// <param name="Started">When that process started, in the system's own units.</param>
/// <param name="Beat">How often it was written.</param>
internal sealed record WorkerRecord(string Place, int Process, long Started, long Beat);
