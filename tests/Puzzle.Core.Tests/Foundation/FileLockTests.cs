using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class FileLockTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_HeldByAnother_SaysWhatIsInUse()
    {
        using FileLock held = FileLock.Take(_folder["x.lock"], "The folder x");

        Assert.Contains(
            "The folder x is in use", Assert.Throws<IOException>(() => FileLock.Take(_folder["x.lock"], "The folder x")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_LeavesNothingAndLetsOthersIn()
    {
        FileLock.Take(_folder["x.lock"], "x").Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        FileLock.Take(_folder["x.lock"], "x").Dispose();
    }

    [Fact]
    public void Take_LeftByAKilledProcess_TakesIt()
    {
        File.WriteAllText(_folder["x.lock"], "");

        FileLock.Take(_folder["x.lock"], "x").Dispose();
    }

    [Fact]
    public void Take_ManyThreads_IsHeldByOneAtATime()
    {
        int holders = 0, taken = 0;
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                FileLock held;
                try
                {
                    held = FileLock.Take(_folder["x.lock"], "x");
                }
                catch (IOException)
                {
                    continue;
                }
                using (held)
                {
                    Assert.Equal(1, Interlocked.Increment(ref holders));
                    taken++;
                    Interlocked.Decrement(ref holders);
                }
            }
        });
        Assert.True(taken > 0);
    }
}
