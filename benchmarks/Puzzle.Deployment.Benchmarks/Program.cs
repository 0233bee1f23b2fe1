using Puzzle.Deployment.Benchmarks;
using Puzzle.Deployment.Benchmarks.LlamaCpp;
using Puzzle.Native;

// Which to run: additivity decode export child llamacpp. Then, with these defaults: threads=2 rounds=9 batch=1 clock=0 (wall;
// 1: the calling thread's processor time, for one thread on a machine that others use too).
TorchRuntime.Initialize();
BenchmarkArguments arguments = BenchmarkArguments.Parse(args);
Console.WriteLine($"load average {LoadAverage()}");
if (args.Contains("additivity"))
    await AdditivityBenchmark.RunAsync(arguments);
if (args.Contains("decode"))
    await DecodeBenchmark.RunAsync(arguments);
if (args.Contains("export"))
    ExportBenchmark.Run();
if (args.Contains("child"))
    await ChildBenchmark.RunAsync(arguments);
if (args.Contains("llamacpp"))
    LlamaCppBenchmark.Run(arguments);
Console.WriteLine($"load average {LoadAverage()}");

static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg")[..14] : "unknown";
