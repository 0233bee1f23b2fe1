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
    public static Command Create()
    {
        var source = new Option<string>("--model") { Description = "The folder of the model to export.", Required = true };
        var format = new Option<string>("--format") { Description = "What to write.", Required = true }
            .AcceptOnlyFromAmong("llama", "modelopt", "decilm", "per-layer-config", "gguf", "onnx");
        var output = new Option<string>("--out") { Description = "The folder (or GGUF file) to write.", Required = true };
        var approximate = new Option<bool>("--approximate-tokenizer")
        {
            Description = "GGUF: write a tokenizer that llama.cpp can only approximate.",
        };
        Option<string> precision = OnnxChoices.Precision("fp32", "fp16", "bf16", "int8", "int4");
        precision.Description = "How weights are stored: ONNX in any of these, fp32 by default; GGUF in fp32, fp16 (its default) or int8 "
            + "(q8_0).";
        var operators = new Option<string>("--operators")
        {
            Description = "ONNX: ONNX Runtime's own operators, the fastest, or the standard's only.",
            DefaultValueFactory = _ => "onnxruntime",
        }
            .AcceptOnlyFromAmong("onnxruntime", "standard");
        var blockSize = new Option<int>("--block-size")
        {
            Description = "ONNX: quantized weights that share a scale: 16, 32, 64, 128 or 256.",
            DefaultValueFactory = _ => 32,
        };
        var command = new Command("export", "Exports a model to a checkpoint dialect, to GGUF or to ONNX.\n\n"
            + "Examples:\n  puzzle export --model runs/a/child --format gguf --precision int8 --out child.gguf\n  puzzle export --model "
            + "runs/a/child --format onnx --precision int4 --out child-onnx") { source,
            format, output, approximate, precision, operators, blockSize };
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(source)!, to = parsed.GetValue(output)!;
            using CausalLanguageModel model = CausalLanguageModel.Load(folder);
            if (parsed.GetValue(format) == OnnxChoices.OnnxEngine)
            {
                OnnxExporter.Export(
                    model,
                    to,
                    new OnnxExportOptions
                    {
                        Precision = OnnxChoices.PrecisionOf(parsed.GetValue(precision)!),
                        Operators = parsed.GetValue(operators) == "standard" ? OnnxOperators.Standard : OnnxOperators.OnnxRuntime,
                        BlockSize = parsed.GetValue(blockSize),
                        TokenizerFolder = folder,
                    },
                    cancellationToken);
                Console.Out.WriteLine(
                    FormattableString.Invariant($"{to}: {model.ParameterCount:N0} parameters, {parsed.GetValue(precision)} weights, ONNX"));
                return;
            }
            ExportReport report = parsed.GetValue(format) switch
            {
                "gguf" =>
                    GgufExporter.Export(to, model, Tokenizer.Load(folder), new GgufExportOptions
                    {
                        AllowApproximateTokenizer = parsed.GetValue(approximate),
                        TensorType = GgufType(parsed, precision),
                    }),
                "llama" => Save(CheckpointDialect.Llama),
                "modelopt" => Save(CheckpointDialect.ModelOpt),
                "decilm" => Save(CheckpointDialect.DeciLm),
                _ => Save(CheckpointDialect.PerLayerConfig),
            };
            Console.Out.WriteLine(FormattableString.Invariant(
                $"{to}: {report.ExportedParameters:N0} parameters ({report.AddedParameters:N0} added), {report.Architecture}"));
            foreach (ExportChange change in report.Changes)
                Console.Out.WriteLine(FormattableString.Invariant($"  layer {change.Layer}: {change.Description}"));

            ExportReport Save(CheckpointDialect dialect) =>
                model.Save(to, options: new CheckpointWriterOptions { Dialect = dialect, TokenizerFolder = folder });
        }));
        return command;
    }

    private static GgufTensorType GgufType(ParseResult parsed, Option<string> precision) =>
        parsed.GetResult(precision) is not { Implicit: false }
        ? new GgufExportOptions().TensorType
        : parsed.GetValue(precision) switch
        {
            "fp32" => GgufTensorType.F32,
            "fp16" => GgufTensorType.F16,
            "int8" => GgufTensorType.Q8,
            var other => throw new ArgumentException($"--precision {other}: GGUF is written in fp32, fp16 or int8."),
        };
}
