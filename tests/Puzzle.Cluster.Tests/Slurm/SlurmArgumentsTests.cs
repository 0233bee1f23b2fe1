using System.Diagnostics;
using Puzzle.Cluster.Slurm;

namespace Puzzle.Tests.Slurm;

public sealed class SlurmArgumentsTests
{
    private static readonly SlurmJob Job = new("puzzle-blocks", ["puzzle"], "/runs/a 100%");

    [Fact]
    public void Of_EveryOption_IsWhatSbatchIsAskedFor()
    {
        var options = new SlurmOptions
        {
            Partition = "cpu",
            Account = "lab",
            TimeLimit = new TimeSpan(1, 2, 3, 4),
            Processors = 8,
            MemoryBytes = (5L << 30) + 1,
            Further = ["--qos=long"],
        };
        SlurmJob job = Job with { Tasks = [4, 1, 2, 3, 9], Dependency = "afterany:17", Further = ["--gres=gpu:1"] };

        Assert.Equal(
            [
                "--parsable", "--requeue", "--open-mode=append", "--job-name=puzzle-blocks",
                "--output=/runs/a 100%%/puzzle-blocks-%A_%a.log", "--signal=B:TERM@120", "--array=1-4,9", "--dependency=afterany:17",
                "--kill-on-invalid-dep=yes", "--partition=cpu", "--account=lab", "--time=1-02:03:04", "--cpus-per-task=8", "--mem=5121M",
                "--qos=long", "--gres=gpu:1",
            ],
            SlurmArguments.Of(job, options));
    }

    [Fact]
    public void Of_Defaults_LeavesTheRestToTheCluster() => Assert.Equal(
        [
            "--parsable", "--requeue", "--open-mode=append", "--job-name=puzzle-blocks", "--output=/runs/a 100%%/puzzle-blocks-%j.log",
            "--signal=B:TERM@120",
        ],
        SlurmArguments.Of(Job, new SlurmOptions()));

    [Fact]
    public void Of_FolderWithABackslash_IsRefused() =>
        Assert.Throws<ArgumentException>(() => SlurmArguments.Of(Job with { LogDirectory = "/a\\b" }, new SlurmOptions()));

    [Fact]
    public void Script_AnyArgument_ReachesTheCommandAsItIs()
    {
        string[] odd = ["", " ", "it's", "'", "$HOME `id` $(id)", "a\nb", "\\", "!", "*", "-n", "ü 漢 🧩", "\"", "a;b&c|d", "~", "#x"];
        using Process bash = Process.Start(new ProcessStartInfo("bash", "-s")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        bash.StandardInput.Write(SlurmScript.Of(["printf", "<%s>", .. odd]));
        bash.StandardInput.Close();

        Assert.Equal(string.Concat(odd.Select(argument => $"<{argument}>")), bash.StandardOutput.ReadToEnd());
    }

    [Theory]
    [InlineData("4", null, "4")]
    [InlineData("4", "2", "2")]
    [InlineData(null, null, "")]
    public void Script_ProcessorsOfTheTask_AreAllThatDotnetCounts(string? onNode, string? perTask, string expected)
    {
        var start = new ProcessStartInfo("bash", "-s") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Remove("DOTNET_PROCESSOR_COUNT");
        (start.Environment["SLURM_CPUS_ON_NODE"], start.Environment["SLURM_CPUS_PER_TASK"]) = (onNode, perTask);
        using Process bash = Process.Start(start)!;
        bash.StandardInput.Write(SlurmScript.Of(["bash", "-c", "printf \"$DOTNET_PROCESSOR_COUNT\""]));
        bash.StandardInput.Close();

        Assert.Equal(expected, bash.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void Script_WhatNoProcessCanBeGiven_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => SlurmScript.Of([]));
        Assert.Throws<ArgumentException>(() => SlurmScript.Of(["puzzle", "a\0b"]));
    }
}
