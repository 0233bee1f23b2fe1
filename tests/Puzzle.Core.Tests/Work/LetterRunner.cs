using Puzzle.Library;
using Puzzle.Work;

namespace Puzzle.Tests.Work;

/// <summary>Units whose result is a score that follows from their name, done in an order of choice.</summary>
internal sealed class LetterRunner(int units, int seed = 0) : IUnitRunner
{
    public IReadOnlyList<WorkUnit> Units { get; } =
        [.. Enumerable.Range(0, units).Select(i => new WorkUnit($"unit-{i:D3}", i / 4, $"unit {i}", $"recipe-{i}", 1 + (i % 5), 1000))];

    /// <summary>What fails, and how.</summary>
    public Dictionary<string, Exception> Faults { get; } = [];

    /// <summary>Called before each unit is stored.</summary>
    public Action<string> Doing { get; init; } = _ => { };

    public async Task RunAsync(
        IReadOnlyList<WorkUnit> units, IBlockLibrary library, IUnitGate gate, CancellationToken cancellationToken = default)
    {
        WorkUnit[] order = [.. units];
        new Random(seed).Shuffle(order);
        foreach (WorkUnit unit in order.Where(unit => gate.TryBegin(unit.Id)))
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Doing(unit.Id);
                if (Faults.TryGetValue(unit.Id, out Exception? fault))
                    throw fault;
                library.AddScore(ScoreOf(unit));
                gate.Complete(unit.Id);
            }
            catch (Exception cause) when (gate.Fail(unit.Id, cause))
            {
                continue;
            }
        }
    }

    public bool IsIn(WorkUnit unit, IBlockLibrary library) => library.FindScore(unit.Id, unit.Recipe) is not null;

    public static BlockScore ScoreOf(WorkUnit unit) =>
        new(unit.Id, unit.Layer, "gqa-2/16", unit.Recipe, new Dictionary<string, double> { ["kl_div"] = unit.Operations / 3 });
}
