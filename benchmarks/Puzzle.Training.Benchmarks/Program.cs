using Puzzle.Native;
using Puzzle.Training.Benchmarks;

// All benchmarks by default, or those named: ceiling scoring optimizer loops gkd losses.
TorchRuntime.Initialize();
string[] chosen = args.Length > 0 ? args : ["ceiling", "scoring", "optimizer", "loops", "gkd", "losses"];
if (chosen.Contains("ceiling"))
    CeilingBenchmark.Run();
if (chosen.Contains("scoring"))
    await ScoringBenchmark.RunAsync();
if (chosen.Contains("optimizer"))
    OptimizerBenchmark.Run();
if (chosen.Contains("loops"))
    await LoopBenchmark.RunAsync();
if (chosen.Contains("gkd"))
    await GlobalBenchmark.RunAsync();
if (chosen.Contains("losses"))
    await LossBenchmark.RunAsync();
