using Puzzle.Measurement.Tasks;
using Puzzle.Text;

namespace Puzzle.Tests.Measurement.Tasks;

public sealed class DownstreamTaskTests
{
    private static readonly Tokenizer Letters = LetterTokenizer.Create();
    private static readonly TaskQuestion Question = new("pick:", [" A", " B", " AB"], 1, "x");

    [Fact]
    public void Create_ChoicesThatBeginAlike_ShareASequence()
    {
        Assert.Single(Create(new TaskQuestion("pick:", ["A", "B", "C", "D"], 1, "x")).Sequences);
        Assert.Equal(2, Create(new TaskQuestion("pick:", ["AB", "BA", "A"], 1, "x")).Sequences.Count);
    }

    [Fact]
    public void Create_TokenAcrossContextAndChoice_IsPredictedWhole()
    {
        TaskSequence sequence = Assert.Single(Create(new TaskQuestion("t", ["he"], 0, "x")).Sequences);

        Assert.Equal(Letters.Encode("the", addSpecialTokens: false), sequence.Readings.Select(reading => reading.Token));
        Assert.Equal(0, sequence.Readings[0].Position);
    }

    [Fact]
    public void Fingerprint_AnythingThatDecidesScores_ChangesIt()
    {
        string[] all =
        [
            Create(Question).Fingerprint,
            Create(Question with { Answer = 0 }).Fingerprint,
            Create(Question with { Context = "choose:" }).Fingerprint,
            Create(Question with { Choices = [" A", " B"] }).Fingerprint,
            Create(Question, Question).Fingerprint,
            Create(LengthNormalization.PerToken, Question).Fingerprint,
            Create(LengthNormalization.PerCharacter, Question).Fingerprint,
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(all[0], Create(Question with { Category = "y" }).Fingerprint);
    }

    [Fact]
    public void Create_MalformedQuestions_Throw()
    {
        Throws("no question");
        Throws("no choice", Question with { Choices = [] });
        Throws("choice 3 of 3", Question with { Answer = 3 });
        Throws("choice -1 of 3", Question with { Answer = -1 });
        Throws("adds no token", Question with { Choices = ["", " B"] });
        Throws("too long", Question with { Context = "", Choices = [new string('a', 70), "b"] });
        Assert.Contains("vocabulary", Assert.Throws<ArgumentException>(
            () => DownstreamTask.Create("test", [Question], Letters, TinyModel.Config() with { VocabularySize = 10 })).Message);

        static void Throws(string part, params TaskQuestion[] questions) =>
            Assert.Contains(part, Assert.Throws<ArgumentException>(() => Create(questions)).Message);
    }

    [Fact]
    public void Create_OneChoiceThatAddsNoToken_SkipsThatQuestionAndCountsIt()
    {
        DownstreamTask task = Create(Question, Question with { Choices = ["", " B"], Answer = 0 }, Question);

        Assert.Equal((2, 1), (task.Questions.Count, task.Skipped));
        Assert.Equal(Create(Question, Question).Fingerprint, task.Fingerprint);
    }

    private static DownstreamTask Create(params TaskQuestion[] questions) => Create(LengthNormalization.None, questions);

    private static DownstreamTask Create(LengthNormalization normalization, params TaskQuestion[] questions) =>
        DownstreamTask.Create("test", questions, Letters, TinyModel.Config(), normalization);
}
