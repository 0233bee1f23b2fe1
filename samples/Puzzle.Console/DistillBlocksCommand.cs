using System.CommandLine;
using System.Globalization;
using Puzzle.Distillation.Blockwise;

namespace Puzzle.ConsoleApp;

/// <summary>Blockwise distillation alone: makes or completes the block library of a work folder.</summary>
internal static class DistillBlocksCommand
{
    private static readonly Option<string?> Parent = CommonOptions.Parent();
    private static readonly Option<string[]> Text = CommonOptions.Text();
    private static readonly Option<string?> Work = CommonOptions.Work(
        "The work folder; run again with the same one to resume, or to compress with its library.");
    private static readonly Option<bool> PaperSpace = CommonOptions.PaperSpace();
    private static readonly Option<string?> For = ServerChoices.Servers();
    private static readonly Option<string?> Coupled = new("--coupled")
    {
        Description = "A JSON file with the pairs to train together: for each layer an array of names, such as "
            + "[[\"gqa-2/352\"], []]. They start from their halves trained alone, which are made first.",
    };
    private static readonly Option<string?> LayerRange = new("--layers")
    {
        Description = "A..B: only layers A to B, both included; all by default.",
    };
    private static readonly Option<int> Steps = CommonOptions.BlockwiseSteps(24);
    private static readonly Option<int> Sequence = CommonOptions.Sequence();
    private static readonly Option<NoOpPartners> BesideNoOps = new("--beside-noops")
    {
        Description = "Beside which no-ops variants are trained too.",
        DefaultValueFactory = _ => NoOpPartners.Attention,
    };
    private static readonly Option<bool> StopWhenFlat = new("--stop-when-flat")
    {
        Description = "End a variant's training early when its held-out loss is flat.",
    };
    private static readonly Option<bool> NestedWidths = CommonOptions.NestedWidths();
    private static readonly Option<string[]> Merge = new("--merge")
    {
        Description = "Work folders of the same parent whose variants are copied first.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private static readonly Option<bool> Json = CommonOptions.Json();

    private static readonly Option<string> Device = DeviceOption.Create();

    public static Command Create()
    {
        var command = new Command("distill-blocks", "Makes the block library: blockwise distillation of every variant, or of pairs.\n\n"
            + "Example:\n  puzzle distill-blocks --parent path/to/model --text corpus.txt --work runs/a --layers 0..4")
        {
            Parent, Text, Work, PaperSpace, For, Coupled, LayerRange, Steps, Sequence, BesideNoOps, StopWhenFlat, NestedWidths, Merge, Json,
            Device,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = "";
            return CommandErrors.GuardAsync(
                () =>
                {
                    folder = WorkFolders.Choose(parsed.GetValue(Work));
                    return new DistillBlocksRun
                    {
                        Parent = parsed.GetValue(Parent),
                        Text = parsed.GetValue(Text)!,
                        WorkDirectory = folder,
                        PaperSpace = parsed.GetValue(PaperSpace),
                        Server = ServerChoices.ServerOf(parsed.GetValue(For)),
                        CoupledFile = parsed.GetValue(Coupled),
                        Layers = parsed.GetValue(LayerRange) is { } range ? Layers(range) : Range.All,
                        Steps = parsed.GetValue(Steps),
                        SequenceLength = parsed.GetValue(Sequence),
                        BesideNoOps = parsed.GetValue(BesideNoOps),
                        StopWhenFlat = parsed.GetValue(StopWhenFlat),
                        NestedWidths = parsed.GetValue(NestedWidths),
                        Merge = parsed.GetValue(Merge)!,
                        Json = parsed.GetValue(Json),
                        Device = DeviceOption.Of(parsed.GetValue(Device)!),
                    }.RunAsync(cancellationToken);
                },
                () => $"Stopped. Every variant made so far is kept; continue with the same options and --work {folder}");
        });
        return command;
    }

    private static Range Layers(string text)
    {
        string[] ends = text.Split("..");
        return ends.Length == 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            && first <= last && last < int.MaxValue
            ? first..(last + 1)
            : throw new ArgumentException($"--layers {text}: expected A..B, two layers counted from 0.");
    }
}
