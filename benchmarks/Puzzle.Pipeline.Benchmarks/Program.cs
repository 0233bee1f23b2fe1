using System.CommandLine;
using Puzzle.Native;
using Puzzle.Pipeline.Benchmarks;

string assets = Path.Combine(AppContext.BaseDirectory, "assets");
var parent = new Option<string>("--parent") { DefaultValueFactory = _ => Path.Combine(assets, "parent") };
var text = new Option<string>("--text") { DefaultValueFactory = _ => Path.Combine(assets, "stories.txt") };
var secondText = new Option<string?>("--second-text") { Description = "Another corpus for the row that compares corpora." };
var work = new Option<string>("--work") { DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "puzzle-ablation") };
var speedups = new Option<double[]>("--speedups") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1.5, 2] };
var blockwise = new Option<int>("--bld-steps") { DefaultValueFactory = _ => 24 };
var global = new Option<int>("--gkd-steps") { DefaultValueFactory = _ => 80 };
var windows = new Option<int>("--score-windows") { DefaultValueFactory = _ => 8 };
var command = new RootCommand(
    "The paper's ablations on the embedded parent.")
{
    parent, text, secondText, work, speedups, blockwise, global, windows, ReadmeCommand.Create(), HeadlineCommand.Create(),
    CancellationCommand.Create(),
};
command.SetAction(parsed =>
{
    TorchRuntime.Initialize();
    return new AblationTable(new AblationSettings(
        parsed.GetValue(parent)!, parsed.GetValue(text)!, parsed.GetValue(secondText), parsed.GetValue(work)!,
        parsed.GetValue(speedups)!, parsed.GetValue(blockwise), parsed.GetValue(global), parsed.GetValue(windows), SequenceLength: 256))
            .RunAsync();
});
return await command.Parse(args).InvokeAsync();
