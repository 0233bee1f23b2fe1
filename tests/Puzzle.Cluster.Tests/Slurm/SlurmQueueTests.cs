using Microsoft.Extensions.Options;
using Puzzle.Cluster.Slurm;

namespace Puzzle.Tests.Slurm;

public sealed class SlurmQueueTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("echo 42", "42")]
    [InlineData("echo '42;west'", "42")]
    public async Task SubmitAsync_Answer_IsTheJobsNumber(string sbatch, string expected) =>
        Assert.Equal(expected, await SubmitAsync(sbatch));

    [Theory]
    [InlineData("echo 'sbatch: error: invalid partition specified: x' >&2; exit 1", "invalid partition specified: x")]
    [InlineData("echo 'Submitted batch job 42'", "answered 'Submitted batch job 42'")]
    [InlineData("exit 0", "answered ''")]
    public async Task SubmitAsync_RefusedOrNotUnderstood_SaysWhatSbatchSaid(string sbatch, string expected)
    {
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => SubmitAsync(sbatch));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task SubmitAsync_WithoutSlurm_SaysSo()
    {
        var queue = new SlurmQueue(new SlurmOptions { Commands = _folder["absent"] });

        Assert.Contains("could not be started", (await Assert.ThrowsAsync<InvalidOperationException>(
            () => queue.SubmitAsync(new SlurmJob("a", ["puzzle"], _folder["logs"])))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo 17_1", true)]
    [InlineData("exit 0", false)]
    [InlineData("echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", false)]
    [InlineData("echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1", true)]
    public async Task IsActiveAsync_TakesAJobForEndedOnlyIfSlurmSaysSo(string squeue, bool expected)
    {
        var slurm = new FakeSlurm(_folder);
        slurm.Put("squeue", squeue);

        Assert.Equal(expected, await new SlurmQueue(new SlurmOptions { Commands = slurm.Commands }).IsActiveAsync(
            "17", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Options_OutOfRange_AreAllNamed()
    {
        var options = new SlurmOptions { TimeLimit = TimeSpan.FromMinutes(1), Further = ["script.sh"] };

        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(() => new SlurmQueue(options));

        Assert.Contains("GracePeriod", refused.Message, StringComparison.Ordinal);
        Assert.Contains("script.sh", refused.Message, StringComparison.Ordinal);
    }

    private Task<string> SubmitAsync(string sbatch) =>
        new SlurmQueue(new SlurmOptions { Commands = new FakeSlurm(_folder, sbatch).Commands }).SubmitAsync(
            new SlurmJob("a", ["puzzle"], _folder["logs"]), TestContext.Current.CancellationToken);
}
