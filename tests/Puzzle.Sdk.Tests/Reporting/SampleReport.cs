using Puzzle.Distillation;
using Puzzle.Fusion;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Reporting;

namespace Puzzle.Tests.Reporting;

/// <summary>A report with something in every part.</summary>
internal static class SampleReport
{
    public static RunReport Create(int layers = 4) => new()
    {
        Created = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Command = "puzzle --speedup 1.5 --text \"<a> & b.txt\"",
        Target = "1.5x the parent's speed",
        Workload = new Workload(8, 128, 64),
        Engine = "torch on a processor",
        SpeedupMeasured = 1.53,
        Top1AccuracyKept = 0.981,
        SummedScore = 0.4,
        ScoreBound = 0.4,
        Solver = "exact",
        Status = "optimal",
        SpeedChecks = [new SpeedupPair(1.5, 1.53)],
        Fusion = new FusedFfns([new FfnDependency([0, 1, 2], [[], [0.03], [0.02, 0.04]])], [new FfnGroup([0, 1], 1056, 0.03)]),
        Finalists =
        [
            new FinalistReport(Blocks(layers), 0.3, [new FinalistTrial(0, 0.2)], false),
            new FinalistReport(Blocks(layers), 0.31, [new FinalistTrial(0, 0.19), new FinalistTrial(0.25, 0.09)], true),
        ],
        Parent = Row(1, 0.44, layers),
        Child = Row(1.53, 0.43, layers) with { Top1Assembled = 0.41, LmLossAssembled = 2.7, KlDivAssembled = 0.17 },
        Baselines = new Dictionary<string, ModelReport> { ["greedy"] = Row(1.5, 0.39, layers), ["uniform"] = Row(1.7, 0.35, layers) },
        Layers = [.. Enumerable.Range(0, layers).Select(
            layer => new LayerReport(layer, layer % 2 == 0 ? "gqa-2" : "noop", layer % 2 == 0 ? 0.5 : 0, "512", 0.75, 0.01 * layer, 0.6))],
        Frontier = new FrontierReport(
            "kl_div", [.. Enumerable.Range(0, 9).Select(i => new FrontierReportPoint("", 1 + (i / 10.0), i * i / 80.0, Blocks(layers)))],
            [new FrontierReportPoint("parent", 1, 0, Blocks(layers)), new FrontierReportPoint("child", 1.5, 0.4, Blocks(layers))], 1.5),
        Scores = new ScoreMap(
            "kl_div", ["noop/noop", "gqa-2/512", "gqa-4/512"],
            [.. Enumerable.Range(0, layers).Select(layer => (IReadOnlyList<double?>)[0.5 / (layer + 1), layer == 2 ? null : 0.05, 0])]),
        Costs = [
            new CostPart("attention", 40, 20, 4 << 20, 2 << 20, 8 << 20, 4 << 20), new CostPart("FFN", 60, 45, 16 << 20, 12 << 20, 0, 0)
        ],
        BlockwiseCurves = [.. Enumerable.Range(0, 3).Select(curve => new LossCurve(
            $"layer {curve}",
            [.. Enumerable.Range(0, 8).Select(step => new LossRecord(step, 0.1 / (step + 1), step == 7 ? 0.02 : null))]))],
        GlobalCurve = new LossCurve(
            "child", [.. Enumerable.Range(0, 20).Select(step => new LossRecord(step, 0.3 / (step + 1), step % 10 == 9 ? 0.05 : null))]),
        Fit = new SequentialFit(SequentialFitEnding.Fitted)
        {
            Windows = 128, GuardWindows = 16, Layers = 3, KlBefore = 0.2115, KlAfter = 0.1725,
        },
        Samples = [new SampleText("Once", "Once <b>upon</b> a time", "Once upon a line")],
        Versions = new Dictionary<string, string> { ["puzzle"] = "1.0.0" },
        Seeds = new Dictionary<string, string> { ["text"] = "1" },
        Fingerprints = new Dictionary<string, string> { ["parent"] = new string('a', 64) },
    };

    private static ModelReport Row(double speedup, double top1, int layers) => new(
        2.6, top1, 0.6, 0.7, 0.05, 0.9, 8000, 1200, 3000, speedup, speedup, 30 << 20, 4_000_000, null, null, null, Blocks(layers), null);

    private static string[] Blocks(int layers) => [.. Enumerable.Range(0, layers).Select(layer => $"gqa-4/{512 - layer}")];
}
