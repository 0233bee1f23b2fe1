using Puzzle.Architectures;
using Puzzle.Measurement.Tasks;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Measurement.Tasks;

public sealed class TaskEvaluatorTests
{
    private static readonly Tokenizer Letters = LetterTokenizer.Create();

    private static readonly TaskQuestion[] Mixed =
    [
        new("the cat", [" sat", " sits on the mat", " th"], 1, "one"),
        new("", ["a bad day", "day bad a"], 0, "two"),
        new("pick:", [" A", " B", " C", " D"], 3, "one") { Preamble = "answer.\n\npick: B\n\n" },
        new("a long story about a dog that went", [" home"], 0, "two"),
        new("a", ["b", "bc", "bcd", "x"], 2, "three"),
    ];

    [Fact]
    public void Evaluate_ModelOfKnownLogits_GivesTheFormulas()
    {
        int a = Id("a"), b = Id("b"), c = Id("c");
        var logits = new float[Letters.VocabularySize, Letters.VocabularySize];
        logits[LetterTokenizer.Begin, a] = 1;
        logits[a, b] = 3;
        logits[a, c] = 2;
        logits[b, c] = 4;
        using CausalLanguageModel model = Bigram(logits);
        double After(int token, int next) =>
            logits[token, next] - Math.Log(Enumerable.Range(0, Letters.VocabularySize).Sum(other => Math.Exp(logits[token, other])));
        TaskQuestion[] questions = [
            new("a", ["b", "c", "bc"], 0, "x"), new("", ["ab", "b"], 1, "x"), new("b", ["c"], 0, "y"), new("a", ["c"], 0, "y")];

        TaskEvaluation plain = Evaluate(model, questions), perToken = Evaluate(model, questions, LengthNormalization.PerToken);

        double ab = After(a, b), ac = After(a, c), bc = After(b, c);
        Near([ab, ac, ab + bc], plain.Answers[0].LogLikelihoods);
        Near([ab, ac, (ab + bc) / 2], perToken.Answers[0].LogLikelihoods);
        Near([After(LetterTokenizer.Begin, a) + ab, After(LetterTokenizer.Begin, b)], plain.Answers[1].LogLikelihoods);
        Assert.Equal([0, 1, 0, 0], plain.Answers.Select(answer => answer.Chosen));
        Assert.Equal([true, true, true, false], plain.Answers.Select(answer => answer.IsRight));
        Assert.Equal((ab + bc) / 2 > ab ? 2 : 0, perToken.Answers[0].Chosen);
        Assert.Equal(2, perToken.Answers[0].Chosen);
        Assert.Equal(0.75, plain.Total.Accuracy);
        Assert.Equal([1, 0.5], plain.Categories.Values.Select(category => category.Accuracy));
        Assert.Equal((bc + ac) / 2, plain.Categories["y"].AnswerLogLikelihood, 1e-5);
    }

    [Fact]
    public void Evaluate_ModelWithoutPreference_IsNeverRightAmongSeveral()
    {
        using CausalLanguageModel model = Bigram(new float[Letters.VocabularySize, Letters.VocabularySize]);

        TaskEvaluation evaluation = Evaluate(model, [new("a", ["b", "c"], 0, "x"), new("a", ["b", "c"], 1, "x")]);

        Assert.Equal(0, evaluation.Total.Accuracy);
        Assert.Equal(-Math.Log(Letters.VocabularySize), evaluation.Total.AnswerLogLikelihood, 1e-5);
    }

    [Theory]
    [InlineData(LengthNormalization.None)]
    [InlineData(LengthNormalization.PerToken)]
    [InlineData(LengthNormalization.PerCharacter)]
    public void Evaluate_MixedQuestions_EqualWholeUnbatchedForwards(LengthNormalization normalization)
    {
        using CausalLanguageModel model = Model();

        TaskEvaluation evaluation = Evaluate(model, Mixed, normalization);

        for (int i = 0; i < Mixed.Length; i++)
            Near([.. Mixed[i].Choices.Select(choice => BruteForce(model, Mixed[i].Preamble + Mixed[i].Context, choice, normalization))],
                evaluation.Answers[i].LogLikelihoods);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(100, 3)]
    public void Evaluate_AnyBatching_GivesTheSameAnswers(int batchSize, int workers)
    {
        using CausalLanguageModel model = Model();
        DownstreamTask task = DownstreamTask.Create("mixed", Mixed, Letters, model.Config);
        TaskEvaluation expected = TaskEvaluator.Evaluate(model, task, workers: 1);

        TaskEvaluation evaluation = TaskEvaluator.Evaluate(model, task, batchSize, workers);

        Assert.Equal(expected.Answers.Select(answer => (answer.Chosen, answer.IsRight)),
            evaluation.Answers.Select(answer => (answer.Chosen, answer.IsRight)));
        foreach ((TaskAnswer one, TaskAnswer other) in expected.Answers.Zip(evaluation.Answers))
            Near(one.LogLikelihoods, other.LogLikelihoods);
    }

    [Fact]
    public void Evaluate_QuestionTooLongForTheModel_LosesItsBeginning()
    {
        using CausalLanguageModel model = Model();
        string story = string.Concat(Enumerable.Repeat("abcdefg", 20));
        DownstreamTask task = DownstreamTask.Create(
            "long", [new(story, ["h", "ij"], 0, "x"), new("a", ["b"], 0, "x")], Letters, model.Config);

        TaskAnswer answer = TaskEvaluator.Evaluate(model, task).Answers[0];

        Assert.Equal(1, task.Shortened);
        Assert.Equal(model.Config.MaxPositions, task.LongestSequence);
        string kept = story[^(model.Config.MaxPositions - 2)..];
        Near([BruteForce(model, kept, "h"), BruteForce(model, kept, "ij")], answer.LogLikelihoods);
    }

    [Fact]
    public void Evaluate_ModelOfFewerTokensOrPositions_Throws()
    {
        using CausalLanguageModel model = Model(), small = TinyModel.Create(Config() with { VocabularySize = 40 });
        using CausalLanguageModel shortSighted = TinyModel.Create(Config() with { MaxPositions = 8 });
        DownstreamTask task = DownstreamTask.Create("mixed", Mixed, Letters, model.Config);

        Assert.Contains("vocabulary", Assert.Throws<ArgumentException>(() => TaskEvaluator.Evaluate(small, task)).Message);
        Assert.Contains("positions", Assert.Throws<ArgumentException>(() => TaskEvaluator.Evaluate(shortSighted, task)).Message);
    }

    [Theory]
    [InlineData("mmlu")]
    [InlineData("blimp")]
    [InlineData("lambada")]
    public void Evaluate_RealQuestionsAndModel_EqualsWholeForwards(string name)
    {
        TaskQuestion[] questions = name switch
        {
            "mmlu" =>
                [.. MmluReader.Read(SharedData.Require("mmlu/test/astronomy_test.csv")).Where(question => question.Context.Length < 300)
                    .Take(12)],
            "blimp" => [.. BlimpReader.Read(SharedData.Require("blimp/BLiMP.zip")).Where((_, index) => index % 2000 == 0)],
            _ => [.. LambadaReader.Read(SharedData.Require("lambada/lambada_test.jsonl")).Take(24)],
        };
        string folder = GoldenCase.Folder("stories260K");
        var tokenizer = Tokenizer.Load(folder);
        using var model = CausalLanguageModel.Load(folder);
        DownstreamTask task = DownstreamTask.Create(name, questions, tokenizer, model.Config);
        Assert.Equal(0, task.Shortened);

        TaskEvaluation evaluation = TaskEvaluator.Evaluate(model, task, batchSize: 5);

        foreach ((TaskQuestion question, TaskAnswer answer) in questions.Zip(evaluation.Answers).Where((_, index) => index % 4 == 0))
            Assert.All(question.Choices.Zip(answer.LogLikelihoods), choice => Assert.Equal(
                BruteForce(model, question.Preamble + question.Context, choice.First, tokenizer: tokenizer), choice.Second, 1e-3));
    }

    private static ModelConfig Config() => TinyModel.Config();

    private static CausalLanguageModel Model() => TinyModel.Loud(Config());

    private static int Id(string token) => Letters.Encode(token, addSpecialTokens: false).Single();

    private static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> found)
    {
        Assert.Equal(expected.Count, found.Count);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
    }

    private static TaskEvaluation Evaluate(
        CausalLanguageModel model, IReadOnlyList<TaskQuestion> questions, LengthNormalization normalization = LengthNormalization.None) =>
        TaskEvaluator.Evaluate(model, DownstreamTask.Create("test", questions, Letters, model.Config, normalization));

    private static double BruteForce(CausalLanguageModel model, string context, string choice,
        LengthNormalization normalization = LengthNormalization.None, Tokenizer? tokenizer = null)
    {
        tokenizer ??= Letters;
        int begin = tokenizer.BeginOfTextId!.Value;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        long[] before = [begin, .. tokenizer.Encode(context, addSpecialTokens: false)];
        long[] whole = [begin, .. tokenizer.Encode(context + choice, addSpecialTokens: false)];
        using Tensor logits = nn.functional.log_softmax(model.Forward(tensor(whole[..^1], [1, whole.Length - 1])), dim: -1);
        int start = before.AsSpan().CommonPrefixLength(whole);
        double sum = Enumerable.Range(start, whole.Length - start).Sum(at => (double)logits[0, at - 1, whole[at]].item<float>());
        return normalization switch
        {
            LengthNormalization.PerToken => sum / (whole.Length - start),
            LengthNormalization.PerCharacter => sum / choice.TrimStart().Length,
            _ => sum,
        };
    }

    /// <summary>A model without layers that do anything: what it predicts depends on the last token alone.</summary>
    private static CausalLanguageModel Bigram(float[,] logits)
    {
        int vocabulary = Letters.VocabularySize;
        ModelConfig config = Config() with
        {
            VocabularySize = vocabulary,
            HiddenSize = vocabulary,
            TieWordEmbeddings = false,
            RmsNormEpsilon = 1e-12,
            Architecture = new Architecture([BlockConfig.Parse("noop/noop")]),
        };
        return CausalLanguageModel.Create(config, name => name switch
        {
            "model.embed_tokens.weight" => eye(vocabulary),
            "lm_head.weight" => tensor(logits).t().div(MathF.Sqrt(vocabulary)).contiguous(),
            _ => ones(vocabulary),
        });
    }
}
