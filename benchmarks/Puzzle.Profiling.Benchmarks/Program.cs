using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Search.Profiling;

// How well the sum of profiled subblocks predicts measured whole models: a random parent and five heterogeneous children.
// Arguments: prompt tokens (256), generated tokens (64), batch (1), threads (1), rounds (7), last-level cache in MiB (0: what the system
// says),
// clock (0: wall; 1: the thread's processor time, for a machine that others use too).
int Argument(int index, int otherwise) => index < args.Length ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
var workload = new Workload(Argument(2, 1), Argument(0, 256), Argument(1, 64));
int cacheMebibytes = Argument(5, 0);
var options = new ProfilingOptions
{
    Threads = Argument(3, 1),
    Rounds = Argument(4, 7),
    CacheBytes = cacheMebibytes > 0 ? (long)cacheMebibytes << 20 : null,
};
TimeProvider clock = Argument(6, 0) == 0 ? TimeProvider.System : new ThreadProcessorClock();

const int Layers = 8;
BlockConfig own = BlockConfig.Parse("gqa-8/704");
var config = new ModelConfig
{
    VocabularySize = 2048,
    HiddenSize = 256,
    AttentionHeads = 8,
    HeadSize = 32,
    MaxPositions = 1024,
    Architecture = Architecture.Uniform(Layers, own),
};
string[][] children =
[
    ["gqa-4/704", "gqa-4/528", "gqa-2/528", "gqa-2/352", "gqa-4/352", "gqa-2/528", "gqa-4/704", "gqa-8/704"],
    ["gqa-8/704", "noop/704", "gqa-8/noop", "noop/704", "gqa-8/704", "noop/528", "gqa-8/noop", "gqa-8/704"],
    ["gqa-1/704", "gqa-1/704", "linear/704", "gqa-1/704", "linear/704", "gqa-1/704", "linear/704", "gqa-1/704"],
    ["gqa-8/176", "gqa-8/176", "gqa-8/80", "gqa-8/linear", "gqa-8/80", "gqa-8/linear", "gqa-8/176", "gqa-8/704"],
    ["gqa-4/352", "noop/352", "gqa-2/176", "noop/noop", "linear/linear", "gqa-1/80", "noop/352", "gqa-4/528"],
];
Architecture[] architectures = [config.Architecture, .. children.Select(blocks => new Architecture(blocks.Select(BlockConfig.Parse)))];

TorchRuntime.Initialize();
Console.WriteLine(
    $"load average {LoadAverage()}; batch {workload.BatchSize}, prompt {workload.PromptTokens}, generated {workload.GeneratedTokens}");
var request = new ProfilingRequest(
    config,
    [.. architectures.SelectMany(blocks => blocks).Select(block => block.Attention).Distinct()],
    [.. architectures.SelectMany(blocks => blocks).Select(block => block.Ffn).Distinct()],
    workload);
CostTable costs = await new TorchThroughputProfiler(options, clock).ProfileAsync(request);
Console.WriteLine(costs.Engine);
Console.WriteLine();
Console.WriteLine("part                 prefill ms   spread    decode ms   spread");
foreach (MeasuredTime time in costs.Times)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.Name,-20} {time.Prefill.MedianMilliseconds,10:F3} " +
        $"{time.Prefill.SpreadMilliseconds,8:F3} {time.Decode.MedianMilliseconds,12:F4} {time.Decode.SpreadMilliseconds,8:F4}"));

KeyValuePair<string, CausalLanguageModel>[] models =
    [.. architectures.Select((architecture, i) => KeyValuePair.Create(
        i == 0 ? "parent" : $"child {i}", RandomWeights.Create(config with { Architecture = architecture }, seed: i)))];
IReadOnlyList<ModelThroughput> measured = await new ThroughputMeter(options, clock).MeasureAsync(models, workload);
Console.WriteLine();
Console.WriteLine("model       prefill ms: sum  measured  error    decode ms: sum  measured  error    request ms: sum  measured  " +
    "error   prefill tok/s  decode tok/s");
foreach ((Architecture architecture, ModelThroughput whole) in architectures.Zip(measured))
{
    BlockCost sum = costs.Total(architecture);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{whole.Name,-10} {Compare(sum.PrefillMilliseconds, whole.Prefill.MedianMilliseconds)}    " +
            $"{Compare(sum.DecodeMilliseconds, whole.Decode.MedianMilliseconds)}    " +
                $"{Compare(sum.RuntimeMilliseconds(workload), whole.RequestMilliseconds)} {whole.PrefillTokensPerSecond,15:F0} " +
                    $"{whole.DecodeTokensPerSecond,13:F1}"));
}
Console.WriteLine($"load average {LoadAverage()}");
foreach ((_, CausalLanguageModel model) in models)
    model.Dispose();

static string Compare(double sum, double measured) =>
    string.Create(CultureInfo.InvariantCulture, $"{sum,15:F3} {measured,9:F3} {(sum - measured) / measured,7:P1}");

static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg")[..14] : "unknown";
