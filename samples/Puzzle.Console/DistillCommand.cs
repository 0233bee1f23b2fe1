using System.CommandLine;
using Puzzle.Distillation.Global;

namespace Puzzle.ConsoleApp;

/// <summary>Heals a child by global distillation and saves the result.</summary>
internal static class DistillCommand
{
    private static readonly GlobalDistillationOptions Defaults = new();

    private static readonly Option<string?> Parent = CommonOptions.Parent(
        "The teacher's Hugging Face folder; the embedded parent by default.");
    private static readonly Option<string> Child = new("--child")
    {
        Description = "The student's folder; it is not changed.",
        Required = true,
    };
    private static readonly Option<string[]> Text = CommonOptions.Text("UTF-8 text files to distil on.");
    private static readonly Option<bool> DataFree = new("--data-free")
    {
        Description = "Distil on text that the parent writes itself.",
    };
    private static readonly Option<int> Tokens = CommonOptions.Tokens("Tokens that the parent writes with --data-free.", 200_000);
    private static readonly Option<string> Work = CommonOptions.RequiredWork(
        "The work folder; run again with the same one to resume. The result is its folder 'child'.");
    private static readonly Option<int> Steps = CommonOptions.GlobalSteps(80);
    private static readonly Option<int> FitWindows = CommonOptions.FitWindows();
    private static readonly Option<int> Sequence = CommonOptions.Sequence();
    private static readonly Option<double> Kl = new("--kl")
    {
        Description = "Weight of the KL divergence of the next-token distributions.",
        DefaultValueFactory = _ => Defaults.KlWeight,
    };
    private static readonly Option<double> Cosine = new("--cosine")
    {
        Description = "Weight of the cosine loss over hidden states.",
        DefaultValueFactory = _ => Defaults.CosineWeight,
    };
    private static readonly Option<double> LanguageModel = new("--lm")
    {
        Description = "Weight of the next-token loss.",
        DefaultValueFactory = _ => Defaults.LanguageModelWeight,
    };
    private static readonly Option<double> Temperature = new("--temperature")
    {
        Description = "Temperature of both distributions in the KL divergence.",
        DefaultValueFactory = _ => Defaults.Temperature,
    };
    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object to standard output and everything else to standard error.",
    };

    private static readonly Option<string> Device = DeviceOption.Create();

    private static readonly Option<int?> Workers = new("--workers")
    {
        Description = "Parts that a batch is cut into, in each process; one per processor by default, 1 with --mpi. Part of the result.",
    };

    private static readonly Option<bool> Mpi = new("--mpi")
    {
        Description = "Train in all processes that mpirun or srun started together: mpirun -n 4 puzzle distill --mpi ... On the CPU unless "
            + "--device says otherwise.",
    };

    public static Command Create()
    {
        var command = new Command("distill", "Heals a child by global distillation from its parent.\n\n"
            + "Example:\n  puzzle distill --parent path/to/model --child runs/a/child --text corpus.txt --work runs/healed")
        {
            Parent, Child, Text, DataFree, Tokens, Work, Steps, FitWindows, Sequence, Kl, Cosine, LanguageModel, Temperature, Json,
            Device, Workers, Mpi,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string folder = parsed.GetValue(Work)!;
            DistillRun? run = null;
            return CommandErrors.GuardAsync(
                () =>
                {
                    run = new DistillRun(SettingsOf(parsed, folder), OptionsOf(parsed));
                    return run.RunAsync(cancellationToken);
                },
                () => run is { IsFirst: false }
                    ? ""
                    : $"Stopped. Everything made so far is kept; continue with the same options and --work {folder}");
        });
        return command;
    }

    private static DistillSettings SettingsOf(ParseResult parsed, string folder)
    {
        bool mpi = parsed.GetValue(Mpi);
        // Processes that share a GPU by chance would only wait for each other.
        string device = mpi && parsed.GetResult(Device) is { Implicit: true } ? "cpu" : parsed.GetValue(Device)!;
        return new DistillSettings(
            parsed.GetValue(Parent) ?? DefaultAssets.Parent, parsed.GetValue(Child)!, parsed.GetValue(Text)!,
            parsed.GetValue(DataFree) ? parsed.GetValue(Tokens) : null, folder, parsed.GetValue(Sequence), parsed.GetValue(Json),
            DeviceOption.Of(device), mpi);
    }

    private static GlobalDistillationOptions OptionsOf(ParseResult parsed) => new()
    {
        Steps = parsed.GetValue(Steps),
        FitWindows = parsed.GetValue(FitWindows),
        KlWeight = parsed.GetValue(Kl),
        CosineWeight = parsed.GetValue(Cosine),
        LanguageModelWeight = parsed.GetValue(LanguageModel),
        Temperature = parsed.GetValue(Temperature),
        Workers = parsed.GetValue(Workers) ?? (parsed.GetValue(Mpi) ? 1 : Defaults.Workers),
    };
}
