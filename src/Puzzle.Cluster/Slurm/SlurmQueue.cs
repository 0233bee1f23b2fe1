using Microsoft.Extensions.Options;
using Puzzle.Foundation;

namespace Puzzle.Cluster.Slurm;

/// <summary>Submits jobs by <c>sbatch</c>, and asks for them.</summary>
public sealed class SlurmQueue
{
    private readonly SlurmOptions _options;

    /// <summary>Creates it.</summary>
    /// <param name="options">How jobs are asked for; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public SlurmQueue(SlurmOptions? options = null) => _options = OptionsCheck.Valid(options);

    /// <summary>Submits a job: restarted where its node fails, told <see cref="SlurmOptions.GracePeriod"/> before its limit.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Ends the waiting for sbatch; a job that it has submitted stays.</param>
    /// <returns>Its number, as later jobs name it.</returns>
    /// <exception cref="InvalidOperationException">There is no sbatch, it refused the job, or its answer is not understood.</exception>
    /// <exception cref="IOException">The folder for logs cannot be created.</exception>
    public async Task<string> SubmitAsync(SlurmJob job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        IReadOnlyList<string> arguments = SlurmArguments.Of(job, _options);
        string script = SlurmScript.Of(job.Command);
        Directory.CreateDirectory(job.LogDirectory);
        SlurmCommand answer = await RunAsync("sbatch", arguments, script, cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode != 0)
            throw new InvalidOperationException($"sbatch refused the job {job.Name}: {OneLine(answer.Error)}");
        // With several clusters: number;cluster.
        string number = answer.Output.Trim().Split(';')[0];
        return number.Length > 0 && number.All(char.IsAsciiDigit)
            ? number
            : throw new InvalidOperationException(
                $"sbatch answered '{OneLine(answer.Output)}' to the job {job.Name}; expected its number. Look for it with squeue.");
    }

    /// <summary>Says whether a job waits, runs or ends. While Slurm cannot be asked, it does.</summary>
    internal async Task<bool> IsActiveAsync(string job, CancellationToken cancellationToken)
    {
        SlurmCommand answer = await RunAsync(
            "squeue", ["--noheader", "--format=%i", $"--jobs={job}"], "", cancellationToken).ConfigureAwait(false);
        return answer.ExitCode == 0
            ? answer.Output.Trim().Length > 0
            // It ended a while ago, and is forgotten.
            : !answer.Error.Contains("Invalid job id", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Ends a job, if it is still there.</summary>
    internal Task CancelAsync(string job) => RunAsync("scancel", [job], "", CancellationToken.None);

    private Task<SlurmCommand> RunAsync(
        string name, IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken) =>
        SlurmCommand.RunAsync(_options.Commands, name, arguments, input, cancellationToken);

    private static string OneLine(string text) => string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Trim();
}
