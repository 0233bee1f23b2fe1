using System.CommandLine;
using Puzzle.Distillation.Blockwise;

namespace Puzzle.ConsoleApp;

/// <summary>What variants may start from.</summary>
internal static class StartChoices
{
    public const string ClosedForm = "closed-form";
    public const string Paper = "paper";

    public static Option<string?> Starts(string description, string? byDefault = null)
    {
        var option = new Option<string?>("--starts") { Description = description, DefaultValueFactory = _ => byDefault };
        option.AcceptOnlyFromAmong(Paper, ClosedForm);
        return option;
    }

    public static Initialization Of(string? name) => name == ClosedForm ? Initialization.ClosedForm : Initialization.Paper;
}
