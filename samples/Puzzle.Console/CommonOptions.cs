using System.CommandLine;
using Puzzle.Distillation.Global;

namespace Puzzle.ConsoleApp;

/// <summary>The options that mean the same in several commands, each declared once.</summary>
internal static class CommonOptions
{
    public static Option<string?> Parent(string description = "A Hugging Face folder of a Llama-family model; the embedded one by default.")
        => new("--parent") { Description = description };

    public static Option<string[]> Text(string description = "UTF-8 text files to distil on; the embedded text by default.") =>
        new("--text") { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    public static Option<int> Sequence() => new("--sequence")
    {
        Description = "Tokens of a window of text.",
        DefaultValueFactory = _ => 256,
    };

    public static Option<string?> Work(string description) => new("--work") { Description = description };

    public static Option<string> RequiredWork(string description) => new("--work") { Description = description, Required = true };

    public static Option<string?> Model(string description) => new("--model") { Description = description };

    public static Option<string> RequiredModel(string description) => new("--model") { Description = description, Required = true };

    public static Option<bool> PaperSpace() => new("--paper-space")
    {
        Description = "The paper's whole space (54 alternatives per layer) instead of the quick one.",
    };

    public static Option<bool> NestedWidths() => new("--nested-widths")
    {
        Description = "Train FFNs of one layer that differ only in width in one run of half the steps.",
    };

    public static Option<int> BlockwiseSteps(int byDefault) => new("--bld-steps")
    {
        Description = "Optimizer steps of each variant in blockwise distillation.",
        DefaultValueFactory = _ => byDefault,
    };

    public static Option<int> GlobalSteps(int byDefault) => new("--gkd-steps")
    {
        Description = "Optimizer steps of global distillation.",
        DefaultValueFactory = _ => byDefault,
    };

    public static Option<int> FitWindows() => new("--fit-windows")
    {
        Description = "Windows of text that the child is fitted on in closed form before global distillation; 0 for no fit.",
        DefaultValueFactory = _ => new GlobalDistillationOptions().FitWindows,
    };

    public static Option<string> Objective() => new("--objective")
    {
        Description = "The score to sum over layers: a metric, or a weighted sum such as kl_div+0.5*lm_loss.",
        DefaultValueFactory = _ => "kl_div",
    };

    public static Option<int> Tokens(string description, int byDefault) => new("--tokens")
    {
        Description = description,
        DefaultValueFactory = _ => byDefault,
    };

    public static Option<double> SamplingTemperature(double byDefault) => new("--temperature")
    {
        Description = "0 takes the likeliest token each time.",
        DefaultValueFactory = _ => byDefault,
    };

    public static Option<int> TopK(int byDefault) => new("--top-k")
    {
        Description = "Samples from so many of the likeliest tokens; 0 from all.",
        DefaultValueFactory = _ => byDefault,
    };

    public static Option<long> Seed(string description) => new("--seed") { Description = description };

    public static Option<string?> Picture(string description) => new("--png") { Description = description };

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object and nothing else." };
}
