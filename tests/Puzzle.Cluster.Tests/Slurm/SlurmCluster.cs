using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Puzzle.Tests.Slurm;

/// <summary>A real Slurm on the loopback: <c>munged</c>, <c>slurmctld</c>, and two nodes of one processor, which are two
/// <c>slurmd</c>.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string[] Nodes = ["n1", "n2"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestFolder _folder = new();
    private readonly Dictionary<string, Process> _daemons = [];

    /// <summary>Starts it; skips the running test where there is no Slurm, or it does not start.</summary>
    public SlurmCluster()
    {
        Assert.SkipUnless(
            Daemon("slurmctld") is not null && Daemon("slurmd") is not null && Daemon("munged") is not null,
            "Slurm is absent: apt-get install slurmctld slurmd munge");
        Directory.CreateDirectory(_folder["munge"]);
        Directory.CreateDirectory(_folder["state"]);
        File.WriteAllBytes(_folder["munge/key"], RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder["munge"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(_folder["munge/key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        File.WriteAllText(_folder["slurm.conf"], Configuration());
        Start("munged", "munged", $"--force --foreground --key-file={_folder["munge/key"]} --socket={_folder["munge/socket"]} "
            + $"--pid-file={_folder["munge/pid"]} --log-file={_folder["munge/log"]} --seed-file={_folder["munge/seed"]}");
        if (WaitFor(() => File.Exists(_folder["munge/socket"])))
            Start("slurmctld", "slurmctld", $"-D -i -f {_folder["slurm.conf"]}");
        foreach (string node in Nodes)
            StartNode(node);
        if (!WaitFor(() => Ask("sinfo", "--noheader", "--Node", "--format=%T").Split('\n').Count(state => state == "idle") == Nodes.Length))
        {
            string log = _folder["slurmctld.out"];
            string said = File.Exists(log) ? string.Join(' ', File.ReadLines(log).TakeLast(3)) : "munged did not start";
            Dispose();
            Assert.Skip($"Slurm did not start here: {said}");
        }
    }

    /// <summary>Gets the variables that lead Slurm's commands to it.</summary>
    public string[] Variables => [$"SLURM_CONF={_folder["slurm.conf"]}"];

    /// <summary>Puts scripts of Slurm's commands, which lead to it, into a folder.</summary>
    public string PutCommands(TestFolder folder)
    {
        foreach (string name in new[] { "sbatch", "squeue", "scancel" })
        {
            File.WriteAllText(folder[name], $"#!/bin/bash\n{Variables[0]} exec {name} \"$@\"\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return folder.Path;
    }

    /// <summary>Gets the jobs that wait or run, a line each.</summary>
    public string[] Queue => Ask("squeue", "--noheader", "--format=%i %j %T").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Kills the daemon of a node, as SIGKILL does, and starts it anew.</summary>
    public void RestartNode(string node)
    {
        Kill(node);
        StartNode(node);
    }

    /// <summary>Waits until something is so.</summary>
    /// <returns>False if it took too long.</returns>
    public static bool WaitFor(Func<bool> reached, TimeSpan? patience = null)
    {
        var time = Stopwatch.StartNew();
        while (time.Elapsed < (patience ?? Patience))
        {
            if (reached())
                return true;
            Thread.Sleep(50);
        }
        return false;
    }

    public void Dispose()
    {
        if (_daemons.ContainsKey("slurmctld"))
        {
            Ask("scancel", "--partition=test");
            WaitFor(() => Queue.Length == 0, TimeSpan.FromSeconds(20));
        }
        foreach (string name in _daemons.Keys.Reverse().ToArray())
            Kill(name);
        _folder.Dispose();
    }

    private void StartNode(string node) => Start(node, "slurmd", $"-D -N {node} -f {_folder["slurm.conf"]}");

    private void Start(string name, string daemon, string options) => _daemons[name] = Process.Start(
        "bash", ["-c", $"exec {Daemon(daemon)} {options} >>{_folder[name + ".out"]} 2>&1"]);

    private void Kill(string name)
    {
        if (!_daemons.Remove(name, out Process? process))
            return;
        // The workers of a node that is killed live on: they have a daemon of their own.
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private string Ask(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("env", [.. Variables, command, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return error.GetAwaiter().GetResult().Contains("error", StringComparison.OrdinalIgnoreCase) ? "unreachable" : output;
    }

    private static string? Daemon(string name) =>
        new[] { "/usr/sbin", "/usr/local/sbin" }.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private string Configuration() =>
        $"""
        ClusterName=test
        SlurmctldHost=localhost(127.0.0.1)
        SlurmctldPort={FreePort()}
        SlurmUser={Environment.UserName}
        SlurmdUser={Environment.UserName}
        AuthType=auth/munge
        AuthInfo=socket={_folder["munge/socket"]}
        StateSaveLocation={_folder["state"]}
        SlurmdSpoolDir={_folder["spool-%n"]}
        SlurmctldPidFile={_folder["slurmctld.pid"]}
        SlurmdPidFile={_folder["slurmd-%n.pid"]}
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core
        ReturnToService=2
        SlurmdParameters=config_overrides
        SchedulerParameters=sched_interval=1,batch_sched_delay=0
        PartitionName=test Nodes={string.Join(',', Nodes)} Default=YES State=UP MaxTime=INFINITE
        {string.Join('\n', Nodes.Select(NodeLine))}

        """;

    private static string NodeLine(string node) => string.Create(
        CultureInfo.InvariantCulture,
        $"NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={FreePort()} CPUs=1 RealMemory=1000000");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
