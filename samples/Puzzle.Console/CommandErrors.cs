using Microsoft.Extensions.Options;
using Puzzle.Distillation;
using Puzzle.Foundation;

namespace Puzzle.ConsoleApp;

/// <summary>Turns expected problems into one line on standard error and an exit code.</summary>
internal static class CommandErrors
{
    public static Task<int> GuardAsync(Action work) => GuardAsync(() =>
    {
        work();
        return Task.CompletedTask;
    });

    public static async Task<int> GuardAsync(Func<Task> work, Func<string>? whenStopped = null)
    {
        try
        {
            await work();
            return 0;
        }
        catch (OperationCanceledException)
        {
            if ((whenStopped?.Invoke() ?? "Stopped.") is { Length: > 0 } message)
                await Console.Error.WriteLineAsync(message);
            return 130;
        }
        catch (Exception problem) when (IsExpected(problem))
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return 1;
        }
    }

    private static bool IsExpected(Exception problem) => problem
        is CheckpointFormatException or ArgumentException or InvalidOperationException or IOException or NotSupportedException
        or DllNotFoundException or TrainingDivergedException or RankFailedException or UnauthorizedAccessException
        or OptionsValidationException;
}
