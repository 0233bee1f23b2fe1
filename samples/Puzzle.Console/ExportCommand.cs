using System.CommandLine;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Writes a child in the form another engine reads.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var child = new Option<string>("--child") { Description = "The folder of the model to export.", Required = true };
        var format = new Option<string>("--format") { Description = "What to write.", Required = true }
            .AcceptOnlyFromAmong("llama", "modelopt", "decilm", "per-layer-config", "gguf");
        var output = new Option<string>("--out") { Description = "The folder (or GGUF file) to write.", Required = true };
        var approximate = new Option<bool>("--approximate-tokenizer") { Description = "GGUF: write a tokenizer that llama.cpp can only approximate." };
        var command = new Command("export", "Exports a model to a checkpoint dialect or to GGUF.") { child, format, output, approximate };
        command.SetAction((parsed, _) => CommandErrors.GuardAsync(() =>
        {
            string folder = parsed.GetValue(child)!, to = parsed.GetValue(output)!;
            using CausalLanguageModel model = CausalLanguageModel.Load(folder);
            ExportReport report = parsed.GetValue(format) switch
            {
                "gguf" => GgufExporter.Export(to, model, Tokenizer.Load(folder), new GgufExportOptions { AllowApproximateTokenizer = parsed.GetValue(approximate) }),
                "llama" => Save(CheckpointDialect.Llama),
                "modelopt" => Save(CheckpointDialect.ModelOpt),
                "decilm" => Save(CheckpointDialect.DeciLm),
                _ => Save(CheckpointDialect.PerLayerConfig),
            };
            Console.Out.WriteLine(FormattableString.Invariant($"{to}: {report.ExportedParameters:N0} parameters ({report.AddedParameters:N0} added), {report.Architecture}"));
            foreach (ExportChange change in report.Changes)
                Console.Out.WriteLine(FormattableString.Invariant($"  layer {change.Layer}: {change.Description}"));

            ExportReport Save(CheckpointDialect dialect) => model.Save(to, options: new CheckpointWriterOptions { Dialect = dialect, TokenizerFolder = folder });
        }));
        return command;
    }
}
