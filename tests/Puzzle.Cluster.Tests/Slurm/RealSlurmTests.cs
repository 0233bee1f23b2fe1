using System.Diagnostics;
using System.Globalization;
using Puzzle.Cluster.Slurm;
using Puzzle.Tests.Work;
using Puzzle.Work;

namespace Puzzle.Tests.Slurm;

/// <summary>Workers that a real Slurm starts, killed at random moments, and a node's daemon too. A few kills here; by hand as many as
/// <c>PUZZLE_KILLS</c> says, at moments that <c>PUZZLE_SEED</c> decides.</summary>
public sealed class RealSlurmTests : IDisposable
{
    private const int UnitsOfAKill = 8, Pause = 100;
    private static readonly int Kills = Number("PUZZLE_KILLS") ?? 2;

    private readonly TestFolder _folder = new();
    private readonly SharedFolder _shared = new((UnitsOfAKill * Kills) + 12);

    public void Dispose()
    {
        _shared.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task ExecuteAsync_WorkersAndADaemonKilled_LosesNothingAndMakesNothingTwice()
    {
        using var cluster = new SlurmCluster();
        var random = new Random(Number("PUZZLE_SEED") ?? 7);
        using var alone = new SharedFolder(_shared.Plan.Units.Count);
        await alone.WorkAsync(new LetterRunner(_shared.Plan.Units.Count));

        Task<IReadOnlyList<UnitOutcome>> executing = Executor(cluster).ExecuteAsync(
            _shared.Plan, null, TestContext.Current.CancellationToken);
        int kills = 0;
        while (kills < Kills && !executing.IsCompleted)
        {
            await Task.Delay(random.Next(5 * Pause), TestContext.Current.CancellationToken);
            if (!TryKillAWorker(random))
                continue;
            if (++kills == (Kills + 1) / 2)
                cluster.RestartNode("n1");
        }
        IReadOnlyList<UnitOutcome> outcomes = await executing;

        TestContext.Current.SendDiagnosticMessage($"{kills} workers killed over {outcomes.Count} units");
        Assert.All(outcomes, outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
        Assert.Equal(alone.Merge(), _shared.Merge());
        string[] made = [.. _shared.Folder.Libraries.SelectMany(UnitsIn)];
        Assert.Equal(made.Distinct().Count(), made.Length);
        Assert.Equal(outcomes.Count, made.Length);
    }

    private SlurmExecutor Executor(SlurmCluster cluster)
    {
        string commands = cluster.PutCommands(_folder), worker = _folder["worker"];
        File.WriteAllText(worker, SlurmWorker.Script(_shared.Path, pause: Pause));
        return new SlurmExecutor(
            _shared.Path,
            new SlurmOptions
            {
                Worker = ["bash", worker],
                MaxTasks = 2,
                Commands = commands,
                MaxResubmissions = 100,
                PollInterval = TimeSpan.FromMilliseconds(200),
            },
            SlurmWorker.Options);
    }

    // A worker's name says which process it is.
    private bool TryKillAWorker(Random random)
    {
        string[] names = [.. Directory.GetFiles(_shared.Folder.Workers.Folder, "*.json").Select(file => Path.GetFileName(file))];
        random.Shuffle(names);
        foreach (int number in names.Select(name => int.Parse(name.Split('-')[^2], CultureInfo.InvariantCulture)))
        {
            try
            {
                using var worker = Process.GetProcessById(number);
                if (number == Environment.ProcessId || worker.MainModule?.FileName != Environment.ProcessPath)
                    continue;
                worker.Kill();
                worker.WaitForExit();
                return true;
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                continue;
            }
        }
        return false;
    }

    private static IEnumerable<string> UnitsIn(string library)
    {
        string scores = Path.Combine(library, "scores.jsonl");
        return File.Exists(scores) ? File.ReadLines(scores).Where(line => line.EndsWith('}')) : [];
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;
}
