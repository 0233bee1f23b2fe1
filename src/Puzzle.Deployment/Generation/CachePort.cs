namespace Puzzle.Deployment.Generation;

/// <summary>One input of keys or values and the output that continues it.</summary>
/// <param name="Past">The input's name.</param>
/// <param name="Present">The output's name.</param>
/// <param name="Heads">Key-value heads K.</param>
/// <param name="HeadSize">H.</param>
internal sealed record CachePort(string Past, string Present, int Heads, int HeadSize);
