using Puzzle.Deployment.Generation;
using Puzzle.Models;

using OnnxTextGenerator generator = OnnxTextGenerator.Load(args[0]);
Console.WriteLine($"{generator.Generate([[1, 2, 3]], new GenerationOptions { MaxNewTokens = 4 })[0].Length} tokens");
