using System.Diagnostics;
using System.Globalization;
using Puzzle.Search;

namespace Puzzle.Benchmarks;

/// <summary>Debian's <c>cbc</c> on an LP file, with the settings of python-mip or with a zero gap.</summary>
internal static class CbcCommand
{
    public static bool IsInstalled { get; } = File.Exists("/usr/bin/cbc");

    public static (double Milliseconds, double Objective) Solve(SearchProblem problem, bool zeroGap, int limitSeconds = 100)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.lp");
        try
        {
            Write(path, problem);
            string gap = zeroGap ? "0" : "1e-4";
            using Process process =
                Process.Start(new ProcessStartInfo("/bin/bash", ["-c", $"TIMEFORMAT='processor %U %S'; time cbc {path} ratioGap {gap} " +
                    $"allowableGap 1e-10 primalT 1e-6 integerT 1e-6 sec {limitSeconds} solve quit"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            string output = process.StandardOutput.ReadToEnd();
            string[] times = process.StandardError.ReadToEnd().Trim().Split(' ');
            double seconds = double.Parse(times[^2], CultureInfo.InvariantCulture) + double.Parse(times[^1], CultureInfo.InvariantCulture);
            string? objective = output.Split('\n').FirstOrDefault(line => line.StartsWith("Objective value:", StringComparison.Ordinal));
            return (seconds * 1000, objective is null
                ? double.NaN
                : double.Parse(objective["Objective value:".Length..], CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Write(string path, SearchProblem problem)
    {
        using var writer = new StreamWriter(path);
        void Sum(Func<SearchVariant, double> value)
        {
            for (int layer = 0; layer < problem.Layers.Count; layer++)
            {
                for (int variant = 0; variant < problem.Layers[layer].Count; variant++)
                    writer.WriteLine(
                        string.Create(CultureInfo.InvariantCulture, $" + {value(problem.Layers[layer][variant]):R} x_{layer}_{variant}"));
            }
        }

        writer.WriteLine("Minimize\n obj:");
        Sum(variant => variant.Score);
        writer.WriteLine("Subject To");
        for (int layer = 0; layer < problem.Layers.Count; layer++)
            writer.WriteLine(
                $" l{layer}: " +
                $"{string.Join(" + ", Enumerable.Range(0, problem.Layers[layer].Count).Select(variant => $"x_{layer}_{variant}"))} = 1");
        foreach (ResourceConstraint constraint in problem.Constraints)
        {
            writer.WriteLine($" c_{constraint.Cost}:");
            Sum(variant => variant.Costs[constraint.Cost]);
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $" <= {constraint.Maximum:R}"));
        }
        for (int previous = 0; previous < problem.PreviousArchitectures.Count; previous++)
        {
            string choices = string.Join(
                " + ", problem.PreviousArchitectures[previous].Select(choice => $"x_{choice.Layer}_{choice.VariantIndex}"));
            writer.WriteLine($" p{previous}: {choices} <= {problem.Layers.Count - problem.MinimumDistance}");
        }
        writer.WriteLine("Binary");
        for (int layer = 0; layer < problem.Layers.Count; layer++)
            writer.WriteLine(
                $" {string.Join(' ', Enumerable.Range(0, problem.Layers[layer].Count).Select(variant => $"x_{layer}_{variant}"))}");
        writer.WriteLine("End");
    }
}
