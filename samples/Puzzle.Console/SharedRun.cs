using Microsoft.Extensions.DependencyInjection;
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

    public static Task<WorkPlan> PlanAsync(
        CompressSettings settings, WorkStage stage, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        WithAsync(settings, work => work.PlanAsync(RequestOf(settings), stage, arguments, cancellationToken));

    public static Task<IReadOnlyList<UnitOutcome>> WorkAsync(
        WorkPlan plan, WorkShare share, IProgress<UnitOutcome> progress, CancellationToken cancellationToken)
    {
        CompressSettings settings = CompressCommand.Settings(plan.Arguments);
        return WithAsync(settings, work => work.WorkAsync(RequestOf(settings), plan, share, null, progress, cancellationToken));
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

    private static async Task<T> WithAsync<T>(CompressSettings settings, Func<SharedWork, Task<T>> use)
    {
        var services = new ServiceCollection();
        settings.Configure(services.AddPuzzleDefaults());
        using ServiceProvider provider = services.BuildServiceProvider();
        return await use(provider.GetRequiredService<SharedWork>());
    }
}
