using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

public sealed class ScoreObjectiveTests
{
    private static readonly Dictionary<string,
        double> Values = new() { ["kl_div"] = 0.25, ["lm_loss"] = 2, ["top1"] = 0.5, ["top5"] = 0.75 };

    [Theory]
    [InlineData("kl_div", ObjectiveDirection.Minimize, 0.25)]
    [InlineData("top1", ObjectiveDirection.Maximize, 0.5)]
    [InlineData("kl_div+0.5*lm_loss", ObjectiveDirection.Minimize, 1.25)]
    [InlineData(" 2 * top1 + top5 ", ObjectiveDirection.Maximize, 1.75)]
    [InlineData("top1+kl_div", ObjectiveDirection.Minimize, -0.25)]
    [InlineData("1e-1*lm_loss+3*top1", ObjectiveDirection.Minimize, -1.3)]
    public void Parse_Text_GivesDirectionAndSum(string text, ObjectiveDirection direction, double sum)
    {
        ScoreObjective objective = ScoreObjective.Parse(text, ScoreMetric.All);

        Assert.Equal(direction, objective.Direction);
        Assert.Equal(sum, objective.ValueOf(Values), 1e-12);
        Assert.Equal(sum, ScoreObjective.Parse(objective.ToString(), ScoreMetric.All).ValueOf(Values), 1e-12);
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("kl_div+", "''")]
    [InlineData("perplexity", "'perplexity'")]
    [InlineData("half*kl_div", "'half'")]
    [InlineData("-1*kl_div", "-1")]
    [InlineData("0*kl_div", "0")]
    [InlineData("NaN*kl_div", "NaN")]
    [InlineData("kl_div+2*kl_div", "more than once")]
    public void Parse_MalformedText_SaysWhatIsWrong(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => ScoreObjective.Parse(text, ScoreMetric.All)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void ValueOf_MissingMetric_NamesIt()
    {
        var missing = Assert.Throws<KeyNotFoundException>(() => ScoreObjective.ForMetric(ScoreMetric.Agreement).ValueOf(Values));
        Assert.Contains("agreement", missing.Message, StringComparison.Ordinal);
    }
}
