using Puzzle.Pipeline;

namespace Puzzle.EmbeddedInApp;

/// <summary>Compresses in the background; stopped with the app or on request, it continues at the next start.</summary>
public sealed class CompressionService(
    Compressor compressor, CompressionRequest request, CompressionJob job, ILogger<CompressionService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, job.Canceled);
        try
        {
            PuzzleResult result = await compressor.RunAsync(request, job, either.Token);
            job.Ended(result.Child is null ? "infeasible" : "done", result.Child?.Folder);
            logger.LogInformation("{Result}", result);
        }
        catch (OperationCanceledException)
        {
            job.Ended("canceled");
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or IOException)
        {
            job.Ended($"failed: {problem.Message}");
            logger.LogError(problem, "The compression failed");
        }
    }
}
