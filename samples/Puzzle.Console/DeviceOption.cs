using System.CommandLine;
using Puzzle.Native;

namespace Puzzle.ConsoleApp;

/// <summary>The option that says where a command computes.</summary>
internal static class DeviceOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--device")
        {
            Description = "Where to compute: auto (a GPU that torch can use, else the CPU), cpu, cuda or cuda:n.",
            DefaultValueFactory = _ => "auto",
        };
        option.Validators.Add(result =>
        {
            if (ComputeDevice.ProblemWith(result.GetValue(option)) is { } problem)
                result.AddError($"--device: {problem}");
        });
        return option;
    }

    /// <summary>Gives the device, and says on standard error what is to be said of it.</summary>
    public static ComputeDevice Of(string name)
    {
        var device = ComputeDevice.Resolve(name);
        if (device.Notice is { } notice)
            Console.Error.WriteLine(notice);
        return device;
    }
}
