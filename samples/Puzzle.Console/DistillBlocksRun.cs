using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Serving;
using Puzzle.Text;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Makes the variants that <c>distill-blocks</c> was asked for, and lists them.</summary>
internal sealed class DistillBlocksRun
{
    public string? Parent { get; init; }

    public IReadOnlyList<string> Text { get; init; } = [];

    public required string WorkDirectory { get; init; }

    public bool PaperSpace { get; init; }

    /// <summary>The program that must load every variant in the parent; null for any.</summary>
    public ServingEngine? Server { get; init; }

    public string? CoupledFile { get; init; }

    public Range Layers { get; init; }

    public int Steps { get; init; }

    public int SequenceLength { get; init; }

    public NoOpPartners BesideNoOps { get; init; }

    public bool StopWhenFlat { get; init; }

    public bool NestedWidths { get; init; }

    public IReadOnlyList<string> Merge { get; init; } = [];

    public bool Json { get; init; }

    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TorchRuntime.Initialize();
        string parentFolder = Parent ?? DefaultAssets.Parent;
        using CheckpointFolder checkpoint = CheckpointFolder.Open(parentFolder);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint, Device.ParentType, Device.Torch, cancellationToken);
        if (Layers.End.GetOffset(parent.Config.Layers) > parent.Config.Layers)
            throw new ArgumentException($"--layers: the parent has layers 0 to {parent.Config.Layers - 1}.");
        IReadOnlyList<IReadOnlyList<BlockConfig>>? pairs = CoupledFile is null ? null : PairFile.Read(CoupledFile, parent.Config.Layers);
        RunTexts texts = RunTexts.Load(
            Text, foreign: null, Tokenizer.Load(parentFolder), Math.Min(SequenceLength, parent.Config.MaxPositions), cancellationToken);
        using DirectoryBlockLibrary library = OpenLibrary(WorkDirectory, fingerprint);
        foreach (string folder in Merge)
        {
            using DirectoryBlockLibrary other = OpenLibrary(
                Directory.Exists(folder) ? folder : throw new ArgumentException($"--merge {folder}: there is no such folder."),
                fingerprint);
            await Console.Error.WriteLineAsync($"{library.CopyFrom(other, cancellationToken).Count} variants copied from {folder}.");
        }

        var distiller = new BlockwiseDistiller(new BlockwiseDistillationOptions
        {
            Steps = Steps,
            TrainBesideNoOps = pairs is null ? BesideNoOps : NoOpPartners.None,
            StopWhenFlat = StopWhenFlat,
            NestedWidths = NestedWidths,
        });
        var request = new BlockwiseDistillationRequest(
            new(parent, fingerprint), texts.Training, Space(parent, pairs), library) { Layers = Layers };
        BlockwiseDistillationResult result = await DistilAsync(distiller, request, pairs, cancellationToken);
        SubblockVariant[] made = [.. result.Variants.Where(variant => !variant.IsParent)];
        if (Json)
            WriteJson(library, result, made);
        else
            WriteText(library, result, made);
    }

    private static DirectoryBlockLibrary OpenLibrary(string workDirectory, string fingerprint) =>
        DirectoryBlockLibrary.Open(Path.Combine(workDirectory, "library"), fingerprint);

    private SearchSpace Space(CausalLanguageModel parent, IReadOnlyList<IReadOnlyList<BlockConfig>>? pairs)
    {
        SearchSpace whole = WholeSpace(parent, pairs);
        return Server is { } server ? ServableSpace.Restrict(parent.Config, whole, server) : whole;
    }

    private SearchSpace WholeSpace(CausalLanguageModel parent, IReadOnlyList<IReadOnlyList<BlockConfig>>? pairs) => pairs is not null
        ? new SearchSpace(
            parent.Config.Architecture, [.. pairs.Select(layer => layer.Select(pair => pair.Attention))],
            [.. pairs.Select(layer => layer.Select(pair => pair.Ffn))])
        : PaperSpace
            ? SearchSpace.Paper(parent.Config)
            : SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear: false);

    private static async Task<BlockwiseDistillationResult> DistilAsync(
        BlockwiseDistiller distiller, BlockwiseDistillationRequest request, IReadOnlyList<IReadOnlyList<BlockConfig>>? pairs,
        CancellationToken cancellationToken)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await ProgressView.RunAsync(console, async view =>
        {
            BlockwiseDistillationResult halves = await distiller.DistillAsync(
                request, new Share(view.Task("Variants, each alone")), cancellationToken);
            return pairs is null
                ? halves
                : await distiller.DistillAsync(
                    request with { Pairs = pairs, Start = halves.Variants }, new Share(view.Task("Pairs")), cancellationToken);
        });
    }

    private static void WriteJson(DirectoryBlockLibrary library, BlockwiseDistillationResult result, SubblockVariant[] made)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("library", library.Folder);
            json.WriteNumber("steps_planned", result.StepsPlanned);
            json.WriteNumber("steps_taken", result.StepsTaken);
            json.WriteStartArray("rows");
            foreach (SubblockVariant variant in made)
            {
                IReadOnlyList<LossRecord> curve = library.ReadCurve(variant);
                json.WriteStartObject();
                json.WriteNumber("layer", variant.Key.Layer);
                json.WriteString("kind", variant.Key.Kind == SubblockKind.Attention ? "attention" : "ffn");
                json.WriteString("config", variant.Key.Config);
                json.WriteString("beside", variant.Key.Beside);
                if (curve is [.., { HeldOutLoss: { } loss }])
                    json.WriteNumber("held_out_loss", loss);
                else
                    json.WriteNull("held_out_loss");
                json.WriteNumber("steps", curve.Count);
                json.WriteString("digest", variant.WeightsDigest);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    private static void WriteText(DirectoryBlockLibrary library, BlockwiseDistillationResult result, SubblockVariant[] made)
    {
        foreach (SubblockVariant variant in made)
        {
            IReadOnlyList<LossRecord> curve = library.ReadCurve(variant);
            string loss = curve is [.., { HeldOutLoss: { } value }] ? FormattableString.Invariant($"{value:F5}") : "-";
            Console.Out.WriteLine($"{variant.Key,-44} held-out loss {loss,-8} {curve.Count,4} steps  {variant.WeightsDigest[..12]}");
        }
        Console.Out.WriteLine(FormattableString.Invariant(
            $"{made.Length} variants in {library.Folder}; {result.StepsTaken} of {result.StepsPlanned} steps taken."));
    }

    private sealed class Share(IProgress<double> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Anew is { } anew)
                Console.Error.WriteLine($"made anew: {anew}");
            progress.Report(value.Completed / (double)Math.Max(1, value.Total));
        }
    }
}
