using Puzzle.Deployment.Benchmarks;
using Puzzle.Native;

// Arguments: additivity, then threads=2 rounds=9 batch=1 clock=0 (wall; 1: the calling thread's
// processor time, for one thread on a machine that others use too).
TorchRuntime.Initialize();
BenchmarkArguments arguments = BenchmarkArguments.Parse(args);
Console.WriteLine($"load average {(File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg")[..14] : "unknown")}");
if (args.Contains("additivity"))
    await AdditivityBenchmark.RunAsync(arguments);
