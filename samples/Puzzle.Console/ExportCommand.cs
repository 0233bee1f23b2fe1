using System.CommandLine;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Deployment.Export;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Writes a child in the form another engine reads.</summary>
internal static class ExportCommand
{
    private const string Gguf = "gguf", Standard = "standard";

    private static readonly Dictionary<string, CheckpointDialect> Dialects = new(StringComparer.Ordinal)
    {
        ["llama"] = CheckpointDialect.Llama,
        ["modelopt"] = CheckpointDialect.ModelOpt,
        ["decilm"] = CheckpointDialect.DeciLm,
        ["per-layer-config"] = CheckpointDialect.PerLayerConfig,
    };

    private static readonly Option<string> Source = CommonOptions.RequiredModel("The folder of the model to export.");
    private static readonly Option<string> Format =
        new Option<string>("--format") { Description = "What to write.", Required = true }
        .AcceptOnlyFromAmong([.. Dialects.Keys, Gguf, OnnxChoices.OnnxEngine]);
    private static readonly Option<string> Output = new("--out") { Description = "The folder (or GGUF file) to write.", Required = true };
    private static readonly Option<bool> Approximate = new("--approximate-tokenizer")
    {
        Description = "GGUF: write a tokenizer that llama.cpp can only approximate.",
    };
    private static readonly Option<string> Precision = OnnxChoices.Precision(
        "How weights are stored: ONNX in any of these, fp32 by default; GGUF in fp32, fp16 (its default) or int8 (q8_0).",
        "fp32", "fp16", "bf16", "int8", "int4");
    private static readonly Option<string> Operators =
        new Option<string>("--operators")
        {
            Description = "ONNX: ONNX Runtime's own operators, the fastest, or the standard's only.",
            DefaultValueFactory = _ => "onnxruntime",
        }
        .AcceptOnlyFromAmong("onnxruntime", Standard);
    private static readonly Option<int> BlockSize = new("--block-size")
    {
        Description = "ONNX: quantized weights that share a scale: 16, 32, 64, 128 or 256.",
        DefaultValueFactory = _ => 32,
    };

    public static Command Create()
    {
        var command = new Command("export", "Exports a model to a checkpoint dialect, to GGUF or to ONNX.\n\nExamples:\n"
            + "  puzzle export --model runs/a/child --format gguf --precision int8 --out child.gguf\n"
            + "  puzzle export --model runs/a/child --format onnx --precision int4 --out child-onnx")
        {
            Source, Format, Output, Approximate, Precision, Operators, BlockSize,
        };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() => Run(parsed, cancellationToken)));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetValue(Source)!, to = parsed.GetValue(Output)!, format = parsed.GetValue(Format)!;
        using CausalLanguageModel model = CausalLanguageModel.Load(folder, cancellationToken: cancellationToken);
        ExportReport report = format switch
        {
            OnnxChoices.OnnxEngine => OnnxExporter.Export(model, to, OnnxOptions(parsed, folder), cancellationToken: cancellationToken),
            Gguf => GgufExporter.Export(model, to, GgufOptions(parsed, folder), cancellationToken: cancellationToken),
            _ => model.Save(
                to, options: new CheckpointWriterOptions { Dialect = Dialects[format], TokenizerFolder = folder },
                cancellationToken: cancellationToken),
        };
        string what = format == OnnxChoices.OnnxEngine
            ? FormattableString.Invariant($"{report.ExportedParameters:N0} parameters, {parsed.GetValue(Precision)} weights, ONNX")
            : FormattableString.Invariant(
                $"{report.ExportedParameters:N0} parameters ({report.AddedParameters:N0} added), {report.Architecture}");
        Console.Out.WriteLine($"{to}: {what}");
        foreach (ExportChange change in report.Changes)
            Console.Out.WriteLine(FormattableString.Invariant($"  layer {change.Layer}: {change.Description}"));
    }

    private static OnnxExportOptions OnnxOptions(ParseResult parsed, string folder) => new()
    {
        Precision = OnnxChoices.PrecisionOf(parsed.GetValue(Precision)!),
        Operators = parsed.GetValue(Operators) == Standard ? OnnxOperators.Standard : OnnxOperators.OnnxRuntime,
        BlockSize = parsed.GetValue(BlockSize),
        TokenizerFolder = folder,
    };

    private static GgufExportOptions GgufOptions(ParseResult parsed, string folder) => new()
    {
        Tokenizer = Tokenizer.Load(folder),
        AllowApproximateTokenizer = parsed.GetValue(Approximate),
        TensorType = TensorType(parsed),
    };

    private static GgufTensorType TensorType(ParseResult parsed) =>
        parsed.GetResult(Precision) is not { Implicit: false }
        ? new GgufExportOptions().TensorType
        : parsed.GetValue(Precision) switch
        {
            "fp32" => GgufTensorType.F32,
            "fp16" => GgufTensorType.F16,
            "int8" => GgufTensorType.Q8,
            var other => throw new ArgumentException($"--precision {other}: GGUF is written in fp32, fp16 or int8."),
        };
}
