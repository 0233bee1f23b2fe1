using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public sealed class ThroughputMeterTests : IDisposable
{
    private static readonly ProfilingOptions Options = new() { Threads = 1, Rounds = 3, MinimumSample = TimeSpan.Zero };
    private static readonly Workload Request = new(BatchSize: 2, PromptTokens: 5, GeneratedTokens: 4);

    private readonly KeyValuePair<string,
        CausalLanguageModel>[] _models = [Create("parent", "gqa-2/8", "gqa-2/8"), Create("child", "noop/8", "gqa-1/noop")];

    public void Dispose()
    {
        foreach ((_, CausalLanguageModel model) in _models)
            model.Dispose();
    }

    [Fact]
    public async Task MeasureAsync_SamplesOfOneMillisecond_GivesPrefillAndDecodeApart()
    {
        IReadOnlyList<ModelThroughput> measured = await new ThroughputMeter(Options, new ManualClock(stepPerRead: 1))
            .MeasureAsync(_models, Request);

        Assert.Equal(["parent", "child"], measured.Select(model => model.Name));
        Assert.All(measured, model =>
        {
            Assert.Equal(new Timing(1, 0, 3), model.Prefill);
            Assert.Equal(new Timing(0.25, 0, 3), model.Decode);
            Assert.Equal(10_000, model.PrefillTokensPerSecond);
            Assert.Equal(8_000, model.DecodeTokensPerSecond);
            Assert.Equal(2, model.RequestMilliseconds);
            Assert.Equal(9_000, model.TotalTokensPerSecond);
        });
    }

    [Fact]
    public async Task MeasureAsync_NothingGenerated_HasNoDecode()
    {
        ModelThroughput measured = (await new ThroughputMeter(Options, new ManualClock(stepPerRead: 1))
            .MeasureAsync(_models, Request with { GeneratedTokens = 0 }))[0];

        Assert.Equal(Timing.Zero, measured.Decode);
        Assert.Equal(0, measured.DecodeTokensPerSecond);
        Assert.Equal(1, measured.RequestMilliseconds);
    }

    [Fact]
    public async Task MeasureAsync_SequenceTooLong_NamesTheModel()
    {
        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(
            () => new ThroughputMeter(Options).MeasureAsync(_models, new Workload(1, 16, 1)));
        Assert.Contains("'parent'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MeasureAsync_NoModel_Throws() =>
        await Assert.ThrowsAsync<ArgumentException>(() => new ThroughputMeter(Options).MeasureAsync([], Request));

    [Fact]
    public async Task MeasureAsync_Canceled_Throws()
    {
        using var source = new CancellationTokenSource();
        var progress = new SynchronousProgress(_ => source.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new ThroughputMeter(Options).MeasureAsync(_models, Request, progress, source.Token));
    }

    private static KeyValuePair<string, CausalLanguageModel> Create(string name, params string[] blocks) => new(
        name,
        RandomWeights.Create(
            new ModelConfig
            {
                VocabularySize = 16,
                HiddenSize = 8,
                AttentionHeads = 2,
                HeadSize = 4,
                MaxPositions = 16,
                Architecture = new Architecture(blocks.Select(BlockConfig.Parse)),
            },
            seed: 1));
}
