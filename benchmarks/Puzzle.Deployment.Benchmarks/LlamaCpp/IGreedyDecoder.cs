namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>Continues a fixed batch of prompts by the likeliest token of each sequence.</summary>
internal interface IGreedyDecoder : IDisposable
{
    /// <summary>Processes the prompts from nothing.</summary>
    /// <returns>The token after each.</returns>
    int[] Start();

    /// <summary>Processes one token of each sequence.</summary>
    /// <param name="tokens">What came out last.</param>
    /// <returns>The token after each.</returns>
    int[] Next(int[] tokens);
}
