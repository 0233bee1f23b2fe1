using Puzzle.Native;
using Puzzle.Training.Benchmarks;

// All benchmarks by default, or those named: ceiling scoring conditional optimizer loops.
TorchRuntime.Initialize();
string[] chosen = args.Length > 0 ? args : ["ceiling", "scoring", "conditional", "optimizer", "loops"];
if (chosen.Contains("ceiling"))
    CeilingBenchmark.Run();
if (chosen.Contains("scoring"))
    await ScoringBenchmark.RunAsync();
if (chosen.Contains("conditional"))
    await ConditionalBenchmark.RunAsync();
if (chosen.Contains("optimizer"))
    OptimizerBenchmark.Run();
if (chosen.Contains("loops"))
    await LoopBenchmark.RunAsync();
