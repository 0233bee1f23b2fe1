using Puzzle.Cluster;
using Puzzle.Work;

namespace Puzzle.Tests;

public sealed class ArrayTaskTests
{
    [Fact]
    public void ShareOf_SlurmCountsFromOne_KubernetesFromZero()
    {
        Assert.Equal(new WorkShare(3, 8), ArrayTask.ShareOf(8, name => name == "SLURM_ARRAY_TASK_ID" ? "3" : null));
        Assert.Equal(new WorkShare(1, 8), ArrayTask.ShareOf(8, name => name == "JOB_COMPLETION_INDEX" ? "0" : null));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("9")]
    public void ShareOf_TaskOutOfRange_IsRefused(string task) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ArrayTask.ShareOf(8, name => name == "SLURM_ARRAY_TASK_ID" ? task : null));

    [Fact]
    public void ShareOf_NoTaskOfAnArray_SaysSo() =>
        Assert.Contains("no task of an array", Assert.Throws<InvalidOperationException>(
            () => ArrayTask.ShareOf(8, name => name == "SLURM_ARRAY_TASK_ID" ? "-1" : null)).Message, StringComparison.Ordinal);
}
