using Puzzle.Models;
using Puzzle.Text;

using CausalLanguageModel model = CausalLanguageModel.Load(args[0]);
int[] made = TextGeneration.Generate(model, [Tokenizer.Load(args[0]).Encode("ab")], new GenerationOptions { MaxNewTokens = 4 })[0];
Console.WriteLine($"{made.Length} tokens");
