using System.CommandLine;
using System.Globalization;
using Puzzle.GpuCheck;

// Numbers are written the same way everywhere.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var device = new Option<string>("--device") { Description = "The device to check.", DefaultValueFactory = _ => "cuda:0" };
var output = new Option<string>("--out") { Description = "The file to write.", DefaultValueFactory = _ => "gpu-check.json" };
var rehearse = new Option<bool>("--rehearse") { Description = "Tiny sizes, to see that the check itself works; also on a processor." };
var command = new RootCommand(
    "Compares a GPU's results with the processor's and measures how well it is used. Writes one JSON file.") { device, output, rehearse };
command.SetAction((parsed, cancellationToken) => new DeviceCheck(
    parsed.GetValue(device)!, parsed.GetValue(rehearse) ? CheckSizes.Rehearsal : CheckSizes.Whole)
        .RunAsync(parsed.GetValue(output)!, Console.Out, cancellationToken));
return await command.Parse(args).InvokeAsync();
