using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Search;
using ScottPlot;

namespace Puzzle.ConsoleApp;

/// <summary>A solution as a picture: how much of the parent's attention and FFN each layer keeps.</summary>
internal static class HeatStrip
{
    public static void Save(string path, SearchProblem problem, SearchResult result)
    {
        IReadOnlyList<LayerChoice> parent = problem.ParentChoice();
        var kept = new double[2, result.Choice.Count];
        for (int i = 0; i < result.Choice.Count; i++)
        {
            BlockConfig own = Block(problem, result.Choice[i]), full = Block(problem, parent[result.Choice[i].Layer]);
            kept[0, i] = Share(own.Attention, full.Attention);
            kept[1, i] = Share(own.Ffn, full.Ffn);
        }
        var plot = new Plot();
        plot.Title($"Share of the parent kept in each layer (summed score {result.Objective:G6})");
        var map = plot.Add.Heatmap(kept);
        map.Colormap = new ScottPlot.Colormaps.Greens();
        map.ManualRange = new ScottPlot.Range(0, 1);
        plot.Add.ColorBar(map);
        plot.XLabel("layer");
        plot.Axes.Left.SetTicks([0, 1], ["FFN width", "key-value heads"]);
        AtomicFile.WriteBytes(path, plot.GetImageBytes(1200, 260, ImageFormat.Png));
    }

    private static BlockConfig Block(SearchProblem problem, LayerChoice choice) =>
        problem.Layers[choice.Layer][choice.VariantIndex].Block
        ?? throw new InvalidOperationException(
            $"The block of variant '{choice.VariantName}' at layer {choice.Layer} is not known, so it cannot be drawn.");

    private static double Share(AttentionConfig own, AttentionConfig full) => (own, full) switch
    {
        (GroupedQueryAttentionConfig mine, GroupedQueryAttentionConfig parent) => (double)mine.KeyValueHeads / parent.KeyValueHeads,
        _ => own == full ? 1 : 0,
    };

    private static double Share(FfnConfig own, FfnConfig full) => (own, full) switch
    {
        (GatedFfnConfig mine, GatedFfnConfig parent) => (double)mine.IntermediateSize / parent.IntermediateSize,
        _ => own == full ? 1 : 0,
    };
}
