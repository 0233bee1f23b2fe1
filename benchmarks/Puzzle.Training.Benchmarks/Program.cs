using System.Globalization;
using Puzzle.Native;
using Puzzle.Training.Benchmarks;

// All benchmarks by default, or those named: ceiling scoring optimizer loops blockwise (steps=24 layers=8).
TorchRuntime.Initialize();
string[] names = [.. args.Where(arg => !arg.Contains('='))];
string[] chosen = names.Length > 0 ? names : ["ceiling", "scoring", "optimizer", "loops", "blockwise"];
if (chosen.Contains("ceiling"))
    CeilingBenchmark.Run();
if (chosen.Contains("scoring"))
    await ScoringBenchmark.RunAsync();
if (chosen.Contains("optimizer"))
    OptimizerBenchmark.Run();
if (chosen.Contains("loops"))
    await LoopBenchmark.RunAsync();
if (chosen.Contains("blockwise"))
    await BlockwiseBenchmark.RunAsync(Number("steps", 24), Number("layers", 8));

int Number(string name, int otherwise) =>
    args.FirstOrDefault(arg => arg.StartsWith(name + "=", StringComparison.Ordinal)) is { } arg ? int.Parse(arg[(name.Length + 1)..], CultureInfo.InvariantCulture) : otherwise;
