using Microsoft.Extensions.DependencyInjection;
using Puzzle;
using Puzzle.CustomScorer;
using Puzzle.Foundation;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Text;

// Compresses a model by what matters to a domain: its own multiple-choice questions instead of the divergence on text.
// dotnet run --project samples/Puzzle.CustomScorer -- path/to/model corpus.txt questions.jsonl work
if (args is not [string parent, string text, string questions, string work, .. string[] quick])
    throw new ArgumentException("Give the parent's folder, a text, a file of questions and a work folder.");

IReadOnlyList<Question> asked = Question.Read(questions, Tokenizer.Load(parent));
var request = new CompressionRequest
{
    Parent = parent,
    Text = [text],
    Target = new DeploymentTarget { Memory = CostBound.AtMostOfParent(0.9) },
    SequenceLength = quick.Length > 0 ? 32 : 256,
    WorkDirectory = work,
};
PuzzleResult result = await Compressor.CompressAsync(request, puzzle =>
{
    puzzle.Services.AddSingleton(asked);
    puzzle.Options<PuzzleOptions>(options => options.Objective = QuestionScorer.Metric.Name)
        .UseScorer(_ => new QuestionScorer(asked, Fingerprint.Of(TextFile.ReadAllText(questions))));
    if (quick.Length > 0)
        puzzle.UseBlockwiseDistillation(options => options.Steps = 1).UseGlobalDistillation(options => options.Steps = 1);
});
Console.WriteLine(result);
Console.WriteLine(FormattableString.Invariant($"Summed {QuestionScorer.Metric.Name}: {result.Search.Objective:F4}"));
