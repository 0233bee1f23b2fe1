using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

/// <summary>What a run tells the outside. Listeners are of the whole process: alone, so that nothing of other runs is heard.</summary>
[Collection(AloneCollection.Name)]
public sealed class TelemetryTests
{
    [Fact]
    public async Task RunAsync_LogsEveryStagesStartAndEnd_AndReuseTheSecondTime()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();

        ListLogger first = await RunAsync(parent, folder.Path), second = await RunAsync(parent, folder.Path);

        Assert.Equal(1000, first.Events[0].Id);
        Assert.Equal(1001, first.Events[^1].Id);
        foreach (string stage in Enum.GetNames<PuzzleStage>())
        {
            Assert.Contains(first.Events, one => one.Id == 1010 && one.Text.Contains($" {stage} ", StringComparison.Ordinal));
            Assert.Contains(first.Events, one => one.Id == 1011 && one.Text.Contains($" {stage} ", StringComparison.Ordinal));
        }
        Assert.DoesNotContain(first.Events, one => one.Id == 1012);
        Assert.Contains(second.Events, one => one.Id == 1012 && one.Text.Contains("Score", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_InfeasibleTarget_IsLogged()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();

        ListLogger log = await RunAsync(parent, folder.Path, new DeploymentTarget { Parameters = CostBound.AtMost(10) });

        Assert.Contains(log.Events, one => one.Id == 1021);
    }

    [Fact]
    public async Task RunAsync_Canceled_IsLoggedAsStopped()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var log = new ListLogger();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Pipeline(log).RunAsync(Request(parent, folder.Path, null), null, cancellation.Token));

        Assert.Equal(1002, log.Events[^1].Id);
    }

    [Fact]
    public async Task RunAsync_Listened_GivesActivitiesAndMeasurements()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        var activities = new List<string>();
        var instruments = new HashSet<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PuzzleTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => activities.Add(activity.OperationName),
        };
        ActivitySource.AddActivityListener(listener);
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, meter) =>
            {
                if (instrument.Meter.Name == PuzzleTelemetry.MeterName)
                    meter.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<double>((instrument, _, _, _) => instruments.Add(instrument.Name));
        meters.SetMeasurementEventCallback<long>((instrument, _, _, _) => instruments.Add(instrument.Name));
        meters.Start();

        await RunAsync(parent, folder.Path);
        meters.RecordObservableInstruments();

        Assert.Equal("puzzle.run", activities[^1]);
        Assert.Superset(
            new HashSet<string>(Enum.GetNames<PuzzleStage>().Select(stage => $"puzzle.{stage.ToLowerInvariant()}")),
            new HashSet<string>(activities));
        Assert.Superset(new HashSet<string> { "puzzle.stage.duration", "puzzle.units.made", "puzzle.process.memory" }, instruments);
    }

    [Fact]
    public async Task ToString_OfAResult_GivesItsTables()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();

        PuzzleResult result = await Pipeline(new ListLogger()).RunAsync(Request(parent, folder.Path, null));

        Assert.Equal(
            ["The child, layer by layer", "Quality on held-out text, speed as the sum of profiled costs"],
            result.Tables.Select(table => table.Title));
        Assert.Equal(parent.Config.Layers, result.Tables[0].Rows.Count);
        Assert.All(
            result.Tables.SelectMany(table => table.Rows.Select(row => (table, row))),
            pair => Assert.Equal(pair.table.Columns.Count, pair.row.Count));
        Assert.Contains("child, uptrained", result.ToString(), StringComparison.Ordinal);
    }

    private static async Task<ListLogger> RunAsync(CausalLanguageModel parent, string folder, DeploymentTarget? target = null)
    {
        var log = new ListLogger();
        await Pipeline(log).RunAsync(Request(parent, folder, target));
        return log;
    }

    private static PuzzlePipeline Pipeline(ListLogger log) => new(
        new Fakes.Blockwise(), new Fakes.Global(), new Fakes.Scorer(), new Fakes.Profiler(), new Fakes.Solver(), [],
        options: new PuzzleOptions { Objective = "harm" }, logger: log);

    private static PuzzleRequest Request(CausalLanguageModel parent, string folder, DeploymentTarget? target) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(4),
        ScoringText = TinyModel.Windows(2, seed: 5),
        HeldOutText = TinyModel.Windows(2, seed: 6),
        SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 8),
        Target = target ?? new DeploymentTarget { AttentionLayers = CostBound.AtMost(2) },
        WorkDirectory = folder,
    };

    private sealed class ListLogger : ILogger<PuzzlePipeline>
    {
        public List<(int Id, string Text)> Events { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Events)
                Events.Add((eventId.Id, formatter(state, exception)));
        }
    }
}
