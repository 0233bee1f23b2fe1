using Puzzle.Deployment.Generation;

namespace Puzzle.Tests.Generation;

public sealed class AbandonableWorkTests
{
    [Fact]
    public async Task Run_Canceled_ReturnsAtOnceAndDisposesWhatIsMadeLater()
    {
        using var cancellation = new CancellationTokenSource();
        using var isRunning = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        using var made = new Made();

        var canceler = Task.Run(() =>
        {
            Assert.True(isRunning.Wait(TimeSpan.FromMinutes(1)));
            cancellation.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => AbandonableWork.Run(
            () =>
            {
                isRunning.Set();
                Assert.True(goesOn.Wait(TimeSpan.FromMinutes(1)));
                return made;
            },
            cancellation.Token));

        Assert.False(made.Disposed.IsSet);
        goesOn.Set();
        Assert.True(made.Disposed.Wait(TimeSpan.FromMinutes(1)));
        await canceler;
    }

    [Fact]
    public void Run_NotCanceled_GivesWhatIsMadeAndThrowsWhatIsThrown()
    {
        using var cancellation = new CancellationTokenSource();
        using var made = new Made();

        Assert.Same(made, AbandonableWork.Run(() => made, cancellation.Token));
        Assert.Throws<NotSupportedException>(
            () => AbandonableWork.Run<Made>(() => throw new NotSupportedException(), cancellation.Token));
        Assert.False(made.Disposed.IsSet);
    }

    private sealed class Made : IDisposable
    {
        public ManualResetEventSlim Disposed { get; } = new();

        public void Dispose() => Disposed.Set();
    }
}
