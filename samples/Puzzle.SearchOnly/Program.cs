using System.Diagnostics;
using System.Globalization;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Search.Solving;

// Searches a block library that was made and measured elsewhere; native torch is never loaded.
// dotnet run --project samples/Puzzle.SearchOnly -- path/to/block_library.json 0.7
if (args is not [string file, string share])
    throw new ArgumentException("Give a block_library.json and the share of the parent's runtime that may be used.");

ScoredLibrary library = BlockLibraryFile.Read(file);
SearchProblem problem = library.ToProblem(ScoreMetric.KlDivergence.Name);
double parent = problem.TotalsOf(problem.ParentChoice())[CostName.Runtime];
problem = problem with
{
    Constraints = [new ResourceConstraint(CostName.Runtime, parent * double.Parse(share, CultureInfo.InvariantCulture))],
};

SearchResult best = new ArchitectureSolver().Solve(problem);
Console.WriteLine($"{best.Status} by {best.Solver}");
foreach (LayerChoice choice in best.Choice)
    Console.WriteLine($"layer {choice.Layer}: {choice.VariantName}");
bool loaded = Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
    .Any(module => module.ModuleName.Contains("torch_cpu", StringComparison.Ordinal));
Console.WriteLine(loaded ? "Native torch was loaded." : "Native torch was not loaded.");
