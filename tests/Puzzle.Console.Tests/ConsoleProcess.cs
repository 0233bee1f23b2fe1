using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Puzzle.Tests;

/// <summary>The built console, started as users start it.</summary>
internal sealed class ConsoleProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string Program = typeof(ConsoleProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Console").Value!;

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private ConsoleProcess(string file, IEnumerable<string> arguments, string? home = null, string input = "", string? language = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Without: executable memory is a file, which a limit on the size of files would hit.
            Environment = { ["DOTNET_NOLOGO"] = "1", ["DOTNET_EnableWriteXorExecute"] = "0" },
        };
        if (home is not null)
            start.Environment["TMPDIR"] = start.Environment["XDG_DATA_HOME"] = home;
        if (language is not null)
            start.Environment["LC_ALL"] = start.Environment["LANG"] = language;
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
        try
        {
            _process.StandardInput.Write(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    public static ConsoleProcess Start(params IEnumerable<string> arguments) => new("dotnet", arguments.Prepend(Program));

    /// <summary>Starts it with a folder of its own for temporary files and for runs.</summary>
    public static ConsoleProcess StartIn(string home, params IEnumerable<string> arguments) =>
        new("dotnet", arguments.Prepend(Program), home);

    /// <summary>Starts it so, with a text to read.</summary>
    public static ConsoleProcess StartReading(string home, string input, params IEnumerable<string> arguments) =>
        new("dotnet", arguments.Prepend(Program), home, input);

    /// <summary>Starts it so that SIGINT reaches it: what runs in the background inherits from its shell that SIGINT is ignored.</summary>
    public static ConsoleProcess StartInterruptible(params IEnumerable<string> arguments) => OperatingSystem.IsLinux()
        ? new("env", ["--default-signal=INT", "dotnet", Program, .. arguments])
        : Start(arguments);

    /// <summary>Starts it in a shell that lets no file grow beyond a size: writing more fails as on a full disk.</summary>
    public static ConsoleProcess StartWithFileLimit(int kibibytes, params IEnumerable<string> arguments) => new(
        "bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; exec dotnet \"$@\"", "bash", Program, .. arguments]);

    /// <summary>Starts one process for each list of arguments, together as the ranks of mpirun; skips the running test where there is
    /// none.</summary>
    public static ConsoleProcess StartRanks(params IReadOnlyList<IReadOnlyList<string>> arguments)
    {
        bool exists = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "mpirun")));
        Assert.SkipUnless(exists, "mpirun is absent: apt-get install openmpi-bin");
        IEnumerable<string> ranks = arguments.SelectMany(one => (string[])[":", "-n", "1", "dotnet", Program, .. one]).Skip(1);
        // mpirun gives its ranks a terminal, which .NET greets in the language of its kind.
        return new("mpirun", ["--oversubscribe", "--allow-run-as-root", "-x", "TERM=dumb", .. ranks]);
    }

    /// <summary>Runs it with variables of the environment, such as <c>PATH=/bin</c>.</summary>
    public static ConsoleResult RunWith(IEnumerable<string> variables, params IEnumerable<string> arguments)
    {
        using var process = new ConsoleProcess("env", [.. variables, "dotnet", Program, .. arguments]);
        return process.WaitForExit();
    }

    public static ConsoleResult Run(params IEnumerable<string> arguments)
    {
        using ConsoleProcess process = Start(arguments);
        return process.WaitForExit();
    }

    public ConsoleResult WaitForExit()
    {
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"The console did not end within {Patience}.");
        }
        return new ConsoleResult(_process.ExitCode, _output.GetAwaiter().GetResult(), _error.GetAwaiter().GetResult());
    }

    /// <summary>Runs it on a system that speaks a language.</summary>
    public static ConsoleResult RunIn(string language, params IEnumerable<string> arguments)
    {
        using var process = new ConsoleProcess("dotnet", arguments.Prepend(Program), language: language);
        return process.WaitForExit();
    }

    /// <summary>Waits until something is so, or the process has ended.</summary>
    public void WaitFor(Func<bool> reached)
    {
        while (!_process.HasExited && !reached())
            Thread.Sleep(2);
    }

    /// <summary>Ends it at once, as SIGKILL does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Does what Ctrl-C does.</summary>
    public void Interrupt()
    {
        const int SigInt = 2;
        Assert.Equal(0, SendSignal(_process.Id, SigInt));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
