using Puzzle.Native;
using Puzzle.Training.Benchmarks;

// All benchmarks but the last by default, or those named: ceiling scoring optimizer loops stream [FOLDER].
TorchRuntime.Initialize();
string[] chosen = args.Length > 0 ? args : ["ceiling", "scoring", "optimizer", "loops"];
if (chosen.Contains("ceiling"))
    CeilingBenchmark.Run();
if (chosen.Contains("scoring"))
    await ScoringBenchmark.RunAsync();
if (chosen.Contains("optimizer"))
    OptimizerBenchmark.Run();
if (chosen.Contains("loops"))
    await LoopBenchmark.RunAsync();
if (chosen.Contains("stream"))
    await StreamBenchmark.RunAsync(args.SkipWhile(name => name != "stream").Skip(1).FirstOrDefault());
