using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Profiling;
using static TorchSharp.torch;

namespace Puzzle.Tests.Profiling;

// The count of living tensors is the whole process's: nothing else may run meanwhile.
[CollectionDefinition(nameof(TensorLeakTests), DisableParallelization = true)]
[Collection(nameof(TensorLeakTests))]
public class TensorLeakTests
{
    private static readonly ProfilingOptions Options = new() { Threads = 1, Rounds = 1, MinimumSample = TimeSpan.Zero,
        CacheBytes = 32 << 10 };
    private static readonly Workload Request = new(BatchSize: 2, PromptTokens: 6, GeneratedTokens: 4);
    private static readonly ModelConfig Model = new()
    {
        VocabularySize = 32,
        HiddenSize = 16,
        AttentionHeads = 4,
        HeadSize = 4,
        MaxPositions = 16,
        Architecture = Architecture.Uniform(2, BlockConfig.Parse("gqa-2/24")),
    };

    [Fact]
    public async Task ProfileAsync_Done_LeavesNoTensorBehind()
    {
        var request = new ProfilingRequest(
            Model, [new GroupedQueryAttentionConfig(2), new LinearAttentionConfig()],
            [new GatedFfnConfig(24), new MixtureFfnConfig(4, 2, 8)],
            Request);
        long before = Tensor.TotalCount;

        await new TorchThroughputProfiler(Options).ProfileAsync(request);

        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [Fact]
    public async Task MeasureAsync_Done_LeavesNoTensorBehind()
    {
        using CausalLanguageModel model = RandomWeights.Create(Model, seed: 1);
        long before = Tensor.TotalCount;

        await new ThroughputMeter(Options).MeasureAsync([new("model", model)], Request);

        Assert.InRange(Tensor.TotalCount, 0, before);
    }
}
