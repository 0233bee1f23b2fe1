using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Puzzle.Tests;

/// <summary>A built sample, started as users start it.</summary>
internal sealed class SampleProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly StringBuilder _written = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SampleProcess(string program, string folder, IEnumerable<string> arguments)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [program, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
                Environment = { ["DOTNET_NOLOGO"] = "1", ["ASPNETCORE_URLS"] = "http://127.0.0.1:0" },
            },
        };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static SampleProcess Start(string sample, string folder, params IEnumerable<string> arguments) =>
        new(Built("samples", $"Puzzle.{sample}", $"Puzzle.{sample}.dll"), folder, arguments);

    /// <summary>Runs a sample to its end and gives what it wrote.</summary>
    public static string Run(string sample, string folder, params IEnumerable<string> arguments)
    {
        using SampleProcess process = Start(sample, folder, arguments);
        return process.End();
    }

    /// <summary>Runs a tool of the repository to its end and gives what it wrote.</summary>
    public static string RunTool(string tool, string folder, params IEnumerable<string> arguments)
    {
        using var process = new SampleProcess(Built("tools", tool, $"{tool}.dll"), folder, arguments);
        return process.End();
    }

    private static string Built(string kind, string project, string file) =>
        Path.Combine(Metadata("Samples"), "..", kind, project, Metadata("Output"), file);

    private string End()
    {
        Assert.True(_process.WaitForExit(Patience), $"It did not end: {Written}");
        _process.WaitForExit();
        Assert.True(_process.ExitCode == 0, Written);
        return Written;
    }

    /// <summary>Gets what it wrote so far.</summary>
    public string Written
    {
        get
        {
            lock (_written)
                return _written.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Gives the address a web app listens on.</summary>
    public Task<string> AddressAsync() => _address.Task.WaitAsync(Patience);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_written)
            _written.AppendLine(line);
        const string Listening = "Now listening on: ";
        int at = line.IndexOf(Listening, StringComparison.Ordinal);
        if (at >= 0)
            _address.TrySetResult(line[(at + Listening.Length)..].Trim());
    }

    private static string Metadata(string key) =>
        typeof(SampleProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
