using System.Globalization;
using Puzzle.Distillation.Training;
using Puzzle.Native;
using Puzzle.Training.Benchmarks;

// Numbers are written the same way everywhere.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// All benchmarks but the last by default, or those named:
// ceiling scoring (windows=64) conditional optimizer loops gkd precision losses blockwise noops (steps=24 layers=8) starts (calibration=32
// windows=16 layers=8) sequence (bld=24 fit=32,128 gkd=80,240: steps and windows)
// fusion (bld=0 attention=2,3 percent=10 gkd=80: attention layers left, thresholds in percent)
// nested (steps=24 layers=8 percent=50: shares of the tokens)
// healing (bld=24 steps=80 speedup=2 forms=adamw:5e-4,muon:1e-3) stream (folder=/somewhere with 12 GB, parent=/a checkpoint),
// longtext (tokens=16, millions) vocabulary (keep=no) load largestep (weights=540, millions) memory ranks
// (steps=20 precision=Float32) largegkd (folder=/somewhere with 4 GB, layers=27; 21 GB of memory).
if (args.Contains("keep=no"))
    AppContext.SetSwitch(NativeHeap.KeepSwitch, false);
TorchRuntime.Initialize();
string[] names = [.. args.Where(arg => !arg.Contains('='))];
string[] chosen = names.Length > 0
    ? names
    : ["ceiling", "scoring", "conditional", "optimizer", "loops", "gkd", "precision", "losses", "blockwise", "noops"];
if (chosen.Contains("ceiling"))
    CeilingBenchmark.Run();
if (chosen.Contains("scoring"))
    await ScoringBenchmark.RunAsync(Number("windows", 64));
if (chosen.Contains("conditional"))
    await ConditionalBenchmark.RunAsync();
if (chosen.Contains("optimizer"))
    OptimizerBenchmark.Run();
if (chosen.Contains("loops"))
    await LoopBenchmark.RunAsync();
if (chosen.Contains("gkd"))
    GlobalBenchmark.Run();
if (chosen.Contains("precision"))
    await GlobalBenchmark.RunPrecisionAsync();
if (chosen.Contains("losses"))
    await LossBenchmark.RunAsync();
if (chosen.Contains("blockwise"))
    await BlockwiseBenchmark.RunAsync(Number("steps", 24), Number("layers", 8));
if (chosen.Contains("noops"))
    await BesideNoOpsBenchmark.RunAsync(Number("steps", 24), Number("layers", 8));
if (chosen.Contains("starts"))
    await StartsBenchmark.RunAsync(Number("calibration", 32), Number("windows", 16), Number("layers", 8));
if (chosen.Contains("sequence"))
    await SequenceBenchmark.RunAsync(Number("bld", 24), Numbers("fit", [128]), Numbers("gkd", [80, 240]));
if (chosen.Contains("fusion"))
    await FusionBenchmark.RunAsync(
        Number("bld", 0), Numbers("attention", [2, 3]), [.. Numbers("percent", [10]).Select(percent => percent / 100.0)],
        Number("gkd", 80));
if (chosen.Contains("healing"))
{
    double speedup = double.Parse(Text("speedup") ?? "2", CultureInfo.InvariantCulture);
    await GlobalStudy.RunAsync(Number("bld", 24), Number("steps", 80), speedup, (Text("forms") ?? "adamw:5e-4").Split(','));
}
if (chosen.Contains("nested"))
    await NestedBenchmark.RunAsync(
        Number("steps", 24), Number("layers", 8), [.. Numbers("percent", [50]).Select(percent => percent / 100.0)]);
if (chosen.Contains("stream"))
    await StreamBenchmark.RunAsync(Text("folder") ?? Path.GetTempPath(), Text("parent"));
if (chosen.Contains("longtext"))
    await LongTextBenchmark.RunAsync(Number("tokens", 16));
if (chosen.Contains("vocabulary"))
    VocabularyBenchmark.Run();
if (chosen.Contains("load"))
    LoadBenchmark.Run();
if (chosen.Contains("largestep"))
    LargeStepBenchmark.Run(Number("weights", 540));
if (chosen.Contains("memory"))
    await PlanBenchmark.RunAsync();
if (chosen.Contains("largegkd"))
    await LargeGlobalBenchmark.RunAsync(Text("folder") ?? Path.GetTempPath(), Number("layers", 27));
if (chosen.Contains("ranks"))
    await RanksBenchmark.RunAsync(Number("steps", 20), Enum.Parse<TrainingPrecision>(Text("precision") ?? "Auto"));

string? Text(string name) => args.FirstOrDefault(arg => arg.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

int Number(string name, int otherwise) => Text(name) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : otherwise;

int[] Numbers(string name, int[] otherwise) => Text(name) is { } list
    ? [.. list.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))]
    : otherwise;
