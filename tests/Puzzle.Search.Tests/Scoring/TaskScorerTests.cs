using Microsoft.Extensions.Options;
using Puzzle.Library;
using Puzzle.Measurement.Tasks;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

public sealed class TaskScorerTests
{
    private static readonly TaskQuestion[] Questions =
    [
        new("the cat", [" sat", " sits on the mat", " th"], 1, "one"),
        new("", ["a bad day", "day bad a"], 0, "two"),
        new("pick:", [" A", " B", " C", " D"], 3, "one"),
        new("a long story about a dog that went", [" home"], 0, "two"),
    ];

    [Fact]
    public async Task ScoreAsync_EveryCandidate_EqualsTheAssembledModelsEvaluation()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        DownstreamTask task = Task(parent, LengthNormalization.PerToken);
        TaskEvaluation own = TaskEvaluator.Evaluate(parent, task, batchSize: 2);

        Dictionary<string, BlockScore> scores = await Score(parent, library, candidates, task, new TaskScoringOptions { BatchSize = 2 });

        Assert.Equal(candidates.Count, scores.Count);
        foreach (BlockVariant candidate in candidates)
        {
            BlockVariant[] blocks = [.. Enumerable.Range(0, 3)
                .Select(layer => layer == candidate.Layer ? candidate : TinyModel.OwnBlock(parent, layer))];
            using CausalLanguageModel child = library.Assemble(blocks, parent);
            TaskEvaluation expected = TaskEvaluator.Evaluate(child, task, batchSize: 2);
            BlockScore score = scores[candidate.Id];

            Assert.Equal(expected.Total.Accuracy, score.Metrics["task_accuracy"]);
            Assert.Equal(expected.Total.AnswerLogLikelihood, score.Metrics["task_log_likelihood"], 1e-5);
            Assert.Equal(expected.Answers.Select(answer => answer.IsRight ? 1.0 : 0), score.Samples!["task_accuracy"]);
            if (candidate.IsParent)
                Assert.Equal(own.Answers.Select(answer => answer.AnswerLogLikelihood), score.Samples["task_log_likelihood"]);
        }
        Assert.True(scores.Values.Select(score => score.Metrics["task_log_likelihood"]).Distinct().Count() > 10);
    }

    [Fact]
    public async Task ScoreAsync_AnyNumberOfWorkers_GivesTheSameBits()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();

        Dictionary<string, BlockScore> one = await Score(
            parent, library, ReplaceOneBlockScorerTests.Candidates(parent, library), options: new TaskScoringOptions { Workers = 1 });
        Dictionary<string, BlockScore> three = await Score(
            parent, other, ReplaceOneBlockScorerTests.Candidates(parent, other), options: new TaskScoringOptions { Workers = 3 });

        Assert.Equal(one.Keys.Order(), three.Keys.Order());
        Assert.All(
            one, score => Assert.Equal(score.Value.Samples!["task_log_likelihood"], three[score.Key].Samples!["task_log_likelihood"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ScoreAsync_BesideChosenBlocks_EqualsTheAssembledModelsEvaluation(bool streamed)
    {
        using var models = new StreamedModel();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(models.Resident, library);
        BlockVariant[] choice = [candidates[1], candidates[9 + 8], candidates[18 + 3]];
        DownstreamTask task = Task(models.Resident, LengthNormalization.PerToken);
        CausalLanguageModel parent = streamed ? models.Streamed : models.Resident;
        BlockVariant[] scored = [.. candidates.Where((_, index) => index % 4 == 1)];

        var scores = new List<BlockScore>();
        await foreach (BlockScore score in new TaskScorer(task, new TaskScoringOptions { BatchSize = 2, Workers = 2 })
            .ScoreAsync(new ScoringRequest(parent, library, scored, TinyModel.Windows(1)) { Beside = choice }))
            scores.Add(score);

        Assert.Equal(scored.Length, scores.Count);
        foreach (BlockScore score in scores)
        {
            BlockVariant candidate = scored.Single(block => block.Id == score.BlockId);
            using CausalLanguageModel child = library.Assemble(
                [.. choice.Select(block => block.Layer == candidate.Layer ? candidate : block)], models.Resident);
            TaskEvaluation expected = TaskEvaluator.Evaluate(child, task, batchSize: 2);
            Assert.Equal(expected.Total.Accuracy, score.Metrics["task_accuracy"]);
            Assert.Equal(expected.Total.AnswerLogLikelihood, score.Metrics["task_log_likelihood"], 1e-5);
        }
        Assert.Equal(
            TaskEvaluator.Evaluate(models.Resident, task, batchSize: 2).Answers.Select(answer => answer.AnswerLogLikelihood),
            TaskEvaluator.Evaluate(parent, task, batchSize: 2).Answers.Select(answer => answer.AnswerLogLikelihood));
    }

    [Fact]
    public async Task ScoreAsync_KnownScores_AreNotComputedAgainUnlessTaskOrSettingsChange()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockVariant[] candidates = [.. ReplaceOneBlockScorerTests.Candidates(parent, library).Take(5)];
        await Score(parent, library, [.. candidates.Take(2)]);

        Assert.Equal(5, (await Score(parent, library, candidates)).Count);
        Assert.Equal(5, library.AddedScores.Count);
        await Score(parent, library, candidates, Task(parent, LengthNormalization.PerCharacter));
        Assert.Equal(10, library.AddedScores.Count);
        await Score(parent, library, candidates, options: new TaskScoringOptions { BatchSize = 3 });
        Assert.Equal(15, library.AddedScores.Count);
    }

    [Fact]
    public async Task ScoreAsync_Canceled_KeepsWhatIsDone()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        using var cancellation = new CancellationTokenSource();
        library.OnAdd = cancellation.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (BlockScore _ in new TaskScorer(Task(parent), new TaskScoringOptions { Workers = 1 })
                .ScoreAsync(new ScoringRequest(parent, library, candidates, TinyModel.Windows(1)), cancellation.Token))
            {
            }
        });
        Assert.Single(library.AddedScores);
    }

    [Fact]
    public async Task ScoreAsync_TaskOfLongerSequencesThanTheParent_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), small = TinyModel.Create(TinyModel.Config() with { MaxPositions = 8 });
        using var library = new MemoryBlockLibrary();

        await Assert.ThrowsAsync<ArgumentException>(() => Score(small, library, [TinyModel.OwnBlock(small, 0)], Task(parent)));
        Assert.Throws<OptionsValidationException>(() => new TaskScorer(Task(parent), new TaskScoringOptions { BatchSize = 0 }));
    }

    internal static DownstreamTask Task(CausalLanguageModel parent, LengthNormalization normalization = LengthNormalization.None) =>
        DownstreamTask.Create("test", Questions, LetterTokenizer.Create(), parent.Config, normalization);

    private static async Task<Dictionary<string, BlockScore>> Score(
        CausalLanguageModel parent, MemoryBlockLibrary library, IReadOnlyList<BlockVariant> candidates, DownstreamTask? task = null,
            TaskScoringOptions? options = null)
    {
        var scores = new Dictionary<string, BlockScore>();
        await foreach (BlockScore score in new TaskScorer(task ?? Task(parent), options)
            .ScoreAsync(new ScoringRequest(parent, library, candidates, TinyModel.Windows(1))))
            scores[score.BlockId] = score;
        return scores;
    }
}
