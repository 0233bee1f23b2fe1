using System.CommandLine;
using System.Globalization;
using Puzzle.Distillation.Blockwise;

namespace Puzzle.ConsoleApp;

/// <summary>Blockwise distillation alone: makes or completes the block library of a work folder.</summary>
internal static class DistillBlocksCommand
{
    public static Command Create()
    {
        var parent = new Option<string?>(
            "--parent") { Description = "A Hugging Face folder of a Llama-family model; the embedded one by default." };
        var text = new Option<string[]>("--text") { Description = "UTF-8 text files to distil on; the embedded text by default.",
            AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var work = new Option<string?>(
            "--work") { Description = "The work folder; run again with the same one to resume, or to compress with its library." };
        var paperSpace = new Option<bool>(
            "--paper-space") { Description = "The paper's whole space (54 alternatives per layer) instead of the quick one." };
        var coupled =
            new Option<string?>("--coupled") { Description = "A JSON file with the pairs to train together: for each layer an array " +
                "of names, such as [[\"gqa-2/352\"], []]. They start from their halves trained alone, which are made first." };
        var layers = new Option<string?>("--layers") { Description = "A..B: only layers A to B, both included; all by default." };
        var steps = new Option<int>("--bld-steps") { Description = "Optimizer steps of each variant.", DefaultValueFactory = _ => 24 };
        var sequence = new Option<int>("--sequence") { Description = "Tokens of a window of text.", DefaultValueFactory = _ => 256 };
        var besideNoOps = new Option<NoOpPartners>("--beside-noops") { Description = "Beside which no-ops variants are trained too.",
            DefaultValueFactory = _ => NoOpPartners.Attention };
        var stopWhenFlat = new Option<bool>(
            "--stop-when-flat") { Description = "End a variant's training early when its held-out loss is flat." };
        var merge = new Option<string[]>("--merge") { Description = "Work folders of the same parent whose variants are copied first.",
            AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("distill-blocks", "Makes the block library: blockwise distillation of every variant, or of pairs.\n\n"
            + "Example:\n  puzzle distill-blocks --parent path/to/model --text corpus.txt --work runs/a --layers 0..4")
        {
            parent, text, work, paperSpace, coupled, layers, steps, sequence, besideNoOps, stopWhenFlat, merge, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = "";
            return CommandErrors.GuardAsync(
                () =>
                {
                    folder = WorkFolders.Choose(parsed.GetValue(work));
                    return new DistillBlocksRun
                    {
                        Parent = parsed.GetValue(parent),
                        Text = parsed.GetValue(text)!,
                        WorkDirectory = folder,
                        PaperSpace = parsed.GetValue(paperSpace),
                        CoupledFile = parsed.GetValue(coupled),
                        Layers = parsed.GetValue(layers) is { } range ? Layers(range) : Range.All,
                        Steps = parsed.GetValue(steps),
                        SequenceLength = parsed.GetValue(sequence),
                        BesideNoOps = parsed.GetValue(besideNoOps),
                        StopWhenFlat = parsed.GetValue(stopWhenFlat),
                        Merge = parsed.GetValue(merge)!,
                        Json = parsed.GetValue(json),
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
