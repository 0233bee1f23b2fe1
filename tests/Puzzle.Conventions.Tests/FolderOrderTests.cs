namespace Puzzle.Tests;

/// <summary>Core's folders depend one way: each uses only those above it in the list.</summary>
public sealed class FolderOrderTests
{
    private static readonly string[] Order =
    [
        "Puzzle.Foundation",
        "Puzzle.Native",
        "Puzzle.Architectures",
        "Puzzle.Text.Patterns",
        "Puzzle.Text",
        "Puzzle.Checkpoints.Families",
        "Puzzle.Checkpoints",
        "Puzzle.Models",
        "Puzzle.Sizing",
        "Puzzle.Checkpoints.Gguf",
        "Puzzle.Serving",
        "Puzzle.Measurement",
        "Puzzle.Measurement.Tasks",
        "Puzzle.Library",
        "Puzzle.Work",
        "Puzzle.Scoring",
        "Puzzle.Search",
        "Puzzle.Distillation",
        "Puzzle.Fusion",
        "Puzzle.Pipeline",
        "Microsoft.Extensions.DependencyInjection",
    ];

    private static readonly FolderGraph Core = FolderGraph.Read(typeof(Architectures.Architecture).Assembly.Location);

    [Fact]
    public void Folders_OfCore_DependOneWay()
    {
        string[] upwards =
        [
            .. from arrow in Core.Arrows
               where Array.IndexOf(Order, arrow.Key.From) < Array.IndexOf(Order, arrow.Key.To)
               select $"{arrow.Key.From} -> {arrow.Key.To}: {string.Join(", ", arrow.Value)}",
        ];
        Assert.Empty(upwards);
    }

    [Fact]
    public void Folders_OfCore_UseEachOther() =>
        Assert.Contains(("Puzzle.Pipeline", "Puzzle.Library"), Core.Arrows.Keys);

    [Fact]
    public void Folders_OfCore_AreAllInTheOrder()
    {
        IEnumerable<string> folders = Core.Arrows.Keys.SelectMany(arrow => new[] { arrow.From, arrow.To }).Distinct()
            .Where(folder => folder.StartsWith("Puzzle", StringComparison.Ordinal));
        Assert.Empty(folders.Except(Order));
    }
}
