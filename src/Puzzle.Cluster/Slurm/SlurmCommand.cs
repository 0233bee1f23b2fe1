using System.ComponentModel;
using System.Diagnostics;

namespace Puzzle.Cluster.Slurm;

/// <summary>One of Slurm's commands, started without a shell.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it complained of.</param>
internal sealed record SlurmCommand(int ExitCode, string Output, string Error)
{
    /// <summary>Runs it.</summary>
    /// <param name="folder">Where it is; null for the search path.</param>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static async Task<SlurmCommand> RunAsync(
        string? folder, string name, IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken)
    {
        string file = folder is null ? name : Path.Combine(folder, name);
        using Process process = Start(file, arguments);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await WriteAsync(process, input).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return new SlurmCommand(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(string file, IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(file, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception absent)
        {
            throw new InvalidOperationException(
                $"{file} could not be started: {absent.Message}. Slurm's commands are needed here: run on a node that has them.", absent);
        }
    }

    private static async Task WriteAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says why.
        }
    }
}
