using System.CommandLine;
using Puzzle.Pipeline;
using Puzzle.Search.Solving;

namespace Puzzle.ConsoleApp;

/// <summary>The simpler ways to choose that a run can be compared with, beside the default ones.</summary>
internal static class BaselineChoices
{
    // One fixed draw: a run that is repeated gives the same table.
    private const int Seed = 1;

    public static Option<string[]> Baselines()
    {
        var option = new Option<string[]>("--baseline")
        {
            Description = "Compare with this way to choose too, beside greedy and uniform: depth drops whole layers, max-params keeps the "
                + "most weights, random draws.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        option.AcceptOnlyFromAmong("depth", "max-params", "random");
        return option;
    }

    public static SearchBaseline Of(string name) => new(name, name switch
    {
        "depth" => new DepthArchitectureSolver(new ArchitectureSolver()),
        "max-params" => new MaxParametersArchitectureSolver(new ArchitectureSolver()),
        _ => new RandomArchitectureSolver(Seed),
    });
}
