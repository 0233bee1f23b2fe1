using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Text;

// The README's example: dotnet run --project samples/Puzzle.QuickStart -- path/to/llama corpus.txt
if (args is not [string folder, string text])
    throw new ArgumentException("Give the folder of a Llama-family checkpoint and a text file.");

using ServiceProvider services = new ServiceCollection()
    .AddPuzzle().UseSearch().UseDistillation()
    .Services.BuildServiceProvider();

using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint);
TokenCorpus corpus = TokenCorpus.FromFiles(Tokenizer.Load(folder), [text]);
(TokenCorpus rest, TokenCorpus heldOut) = corpus.Split(0.1);
(TokenCorpus training, TokenCorpus scoring) = rest.Split(0.1, seed: 1);

PuzzleResult result = await services.GetRequiredService<PuzzlePipeline>().RunAsync(new PuzzleRequest
{
    Parent = new(parent, checkpoint.ComputeFingerprint()),
    TrainingText = training.Pack(256),
    ScoringText = scoring.Pack(256),
    HeldOutText = heldOut.Pack(256),
    SearchSpace = SearchSpace.Paper(parent.Config),
    Workload = new Workload(BatchSize: 8, PromptTokens: 128, GeneratedTokens: 64),
    Target = DeploymentTarget.Speedup(1.5),
    WorkDirectory = "work",
    TokenizerFolder = folder,
});
Console.WriteLine(result.Child?.Architecture.ToString() ?? result.Search.Infeasibility?.Explanation);
