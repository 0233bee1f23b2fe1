using Microsoft.Extensions.DependencyInjection;
using Puzzle;
using Puzzle.CustomProfiler;
using Puzzle.Pipeline;
using Puzzle.Search;

// Compresses a model for hardware that is not here: costs come from a file measured there.
// dotnet run --project samples/Puzzle.CustomProfiler -- path/to/model corpus.txt costs.csv work
if (args is not [string parent, string text, string costs, string work, .. string[] quick])
    throw new ArgumentException("Give the parent's folder, a text, a CSV file of costs and a work folder.");

var request = new CompressionRequest
{
    Parent = parent,
    Text = [text],
    Target = DeploymentTarget.Speedup(1.2),
    SequenceLength = quick.Length > 0 ? 32 : 256,
    WorkDirectory = work,
};
PuzzleResult result = await Compressor.CompressAsync(request, puzzle =>
{
    puzzle.UseProfiler(_ => new CsvProfiler(costs));
    if (quick.Length > 0)
        puzzle.UseBlockwiseDistillation(options => options.Steps = 1)
            .UseGlobalDistillation(options => options.Steps = 1)
            .UseReplaceOneBlockScorer(options => options.MaxWindows = 2);
});
Console.WriteLine(result);
Console.WriteLine($"Costs: {result.Costs.Engine}");
