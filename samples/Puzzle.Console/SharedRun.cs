using Microsoft.Extensions.DependencyInjection;
using Puzzle.Foundation;
using Puzzle.Planning;
using Puzzle.Work;

namespace Puzzle.ConsoleApp;

/// <summary>What <c>plan --units</c>, <c>work</c>, <c>status</c> and <c>merge</c> have in common.</summary>
internal static class SharedRun
{
    private const double Gigabyte = 1 << 30;

    public static readonly System.CommandLine.Option<string> Plan = new("--plan")
    {
        Description = "The file that plan --units wrote.",
        Required = true,
    };

    public static CompressionRequest RequestOf(CompressSettings settings) => new()
    {
        Parent = settings.Parent ?? DefaultAssets.Parent,
        Text = settings.Text.Count > 0 ? settings.Text : [DefaultAssets.Text],
        Target = settings.Target,
        Workload = settings.Workload,
        WorkDirectory = settings.WorkDirectory,
        SequenceLength = settings.SequenceLength,
        SearchSpace = settings.SpaceFor,
        Device = settings.Device.ToString(),
    };

    /// <summary>Plans a stage into a file. One that is there and has the same units stays.</summary>
    public static async Task<WorkPlan> PlanAsync(
        CompressSettings settings, WorkStage stage, IReadOnlyList<string> arguments, string file, CancellationToken cancellationToken)
    {
        WorkPlan? earlier = Find(file);
        WorkPlan plan = await WithAsync(
            settings, work => work.PlanAsync(RequestOf(settings), stage, arguments, earlier, cancellationToken));
        if (plan != earlier)
            plan.Write(file);
        return plan;
    }

    public static Task<IReadOnlyList<UnitOutcome>> WorkAsync(
        WorkPlan plan, WorkShare share, IProgress<UnitOutcome> progress, CancellationToken cancellationToken)
    {
        CompressSettings settings = CompressCommand.Settings(plan.Arguments);
        return WithAsync(settings, work => work.WorkAsync(RequestOf(settings), plan, share, null, progress, cancellationToken));
    }

    /// <summary>Estimates a run from the parent's config alone.</summary>
    public static RunEstimate Estimate(CompressSettings settings, double operationsPerSecond)
    {
        using ServiceProvider provider = ServicesOf(settings);
        return provider.GetRequiredService<Planner>().Estimate(RequestOf(settings), operationsPerSecond);
    }

    public static string FolderOf(WorkPlan plan) => CompressCommand.Settings(plan.Arguments).WorkDirectory;

    /// <summary>Says what a plan takes.</summary>
    public static void Describe(WorkPlan plan, string file)
    {
        double seconds = plan.Units.Sum(unit => unit.Seconds), operations = plan.Units.Sum(unit => unit.Operations);
        double memory = plan.Units.Select(unit => unit.MemoryBytes).DefaultIfEmpty().Max() / Gigabyte;
        int layers = plan.Units.Select(unit => unit.Layer).Distinct().Count();
        Console.Out.WriteLine(FormattableString.Invariant(
            $"{file}: {plan.Units.Count} units of {layers} layers, {operations:G3} operations, {seconds:F0} s, {memory:F1} GiB."));
        Console.Out.WriteLine("Next: puzzle work --plan F --share i/n on each machine, puzzle status, puzzle merge.");
    }

    private static WorkPlan? Find(string file)
    {
        try
        {
            return File.Exists(file) ? WorkPlan.Read(file) : null;
        }
        catch (CheckpointFormatException)
        {
            // Damaged, or of another version: made anew.
            return null;
        }
    }

    private static async Task<T> WithAsync<T>(CompressSettings settings, Func<SharedWork, Task<T>> use)
    {
        using ServiceProvider provider = ServicesOf(settings);
        return await use(provider.GetRequiredService<SharedWork>());
    }

    private static ServiceProvider ServicesOf(CompressSettings settings)
    {
        var services = new ServiceCollection();
        settings.Configure(services.AddPuzzleDefaults());
        return services.BuildServiceProvider();
    }
}
