using System.Globalization;
using Puzzle.Cluster.Kubernetes;
using Puzzle.Foundation;

namespace Puzzle.ConsoleApp;

/// <summary>A run as jobs of Kubernetes, to be applied one after the other.</summary>
internal static class KubernetesRun
{
    public static void Write(CompressSettings settings, SubmitOptions options, IReadOnlyList<string> arguments)
    {
        string mount = options.Kubernetes.MountPath, work = settings.WorkDirectory;
        if (!work.StartsWith(mount.TrimEnd('/') + "/", StringComparison.Ordinal))
            throw new ArgumentException($"--work {work} is not below --mount {mount}: the pods would not share it.");
        KubernetesJob[] jobs = [.. JobsOf(options, work, arguments)];
        string[] files = [.. jobs.Select((job, i) => Path.Combine(
            options.Folder, string.Create(CultureInfo.InvariantCulture, $"{i + 1}-{job.Name}.yaml")))];
        // A job that cannot be leaves none of them behind.
        string[] texts = [.. jobs.Select(job => job.ToYaml(options.Kubernetes))];
        foreach ((string text, string file) in texts.Zip(files))
            AtomicFile.WriteText(file, text);
        Console.Out.WriteLine("Apply one after the other, each when the one before is complete:");
        foreach ((KubernetesJob job, string file) in jobs.Zip(files))
            Console.Out.WriteLine($"  kubectl apply -f {file} && kubectl wait --for=condition=complete --timeout=-1s job/{job.Name}");
    }

    private static IEnumerable<KubernetesJob> JobsOf(SubmitOptions options, string work, IReadOnlyList<string> arguments)
    {
        string blocks = $"{work}/blocks.json", scores = $"{work}/scores.json";
        int tasks = options.Slurm.MaxTasks;
        yield return Job("plan-blocks", ["plan", "--units", blocks, "--stage", "blocks", .. arguments]);
        yield return Units("blocks", blocks);
        yield return Job("plan-scores", ["plan", "--units", scores, "--stage", "scores", .. arguments]) with { Before = [Merge(blocks)] };
        yield return Units("scores", scores);
        yield return Job("run", arguments) with { Before = [Merge(scores)] };

        KubernetesJob Job(string name, IReadOnlyList<string> command) => new($"{options.Name}-{name}", Puzzle(command));
        KubernetesJob Units(string name, string plan) => Job(
            name, ["work", "--plan", plan, "--shares", tasks.ToString(CultureInfo.InvariantCulture)]) with { Tasks = tasks };
        IReadOnlyList<string> Merge(string plan) => Puzzle(["merge", "--plan", plan]);
        IReadOnlyList<string> Puzzle(IReadOnlyList<string> command) => [.. options.Kubernetes.Worker, .. command];
    }
}
