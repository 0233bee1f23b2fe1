using Microsoft.Extensions.DependencyInjection;
using Puzzle;
using Puzzle.Pipeline;
using Puzzle.Search;

PuzzleResult result = await Compressor.CompressAsync(
    new CompressionRequest
    {
        Parent = args[0],
        Text = [args[1]],
        Target = new DeploymentTarget { Memory = CostBound.AtMostOfParent(0.9) },
        SequenceLength = 32,
        WorkDirectory = args[2],
    },
    puzzle => puzzle.UseBlockwiseDistillation(options => options.Steps = 2).UseGlobalDistillation(options => options.Steps = 2));
Console.WriteLine(result);
return result.Child is null ? 1 : 0;
