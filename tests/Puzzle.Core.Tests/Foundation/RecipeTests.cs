using System.Globalization;
using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class RecipeTests
{
    [Fact]
    public void With_AnyFieldChanged_HasAnotherFingerprintAndSaysWhichField()
    {
        Recipe recipe = Sample(0.001, [1, 2]);

        Assert.Equal(recipe, Sample(0.001, [1, 2]));
        Assert.Empty(recipe.Explain(Sample(0.001, [1, 2])));
        Assert.Equal(["LearningRate is 0.002, was 0.001"], Sample(0.002, [1, 2]).Explain(recipe));
        Assert.Equal(["Ids is [\"12\"], was [\"1\", \"2\"]"], Sample(0.001, [12]).Explain(recipe));
        Assert.Equal(["Version is 2, was 1"], Sample(0.001, [1, 2], version: 2).Explain(recipe));
        Assert.Equal(["Steps is none, was not there"], recipe.With("Steps", null).Explain(recipe));
        Assert.Equal(["Steps is not there, was none"], recipe.Explain(recipe.With("Steps", null)));
        Assert.Equal(["the method is another, was sample"], new Recipe("another", 1).Explain(recipe));
        Assert.NotEqual(recipe.Fingerprint, recipe.With("Steps", null).Fingerprint);
    }

    [Fact]
    public void With_NullAndItsText_Differ() =>
        Assert.NotEqual(new Recipe("m", 1).With("a", null), new Recipe("m", 1).With("a", "none"));

    [Fact]
    public void With_ListsOfTheSameLetters_Differ() =>
        Assert.NotEqual(new Recipe("m", 1).With("a", new[] { "x\", \"y" }), new Recipe("m", 1).With("a", new[] { "x", "y" }));

    [Fact]
    public void With_TypeWhoseTextMayChange_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Recipe("m", 1).With("a", new object()));

    [Fact]
    public void With_SameFieldTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Recipe("m", 1).With("a", 1).With("a", 1));

    [Fact]
    public void Fingerprint_AnotherCulture_IsTheSame()
    {
        string expected = Sample(0.5, [1]).Fingerprint;
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            // Built here: the tests may run where no culture is installed.
            var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            german.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = german;
            Assert.Equal(expected, Sample(0.5, [1]).Fingerprint);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void ToString_Fields_AreLinesInOrder() =>
        Assert.Equal("sample\n  Version: 1\n  LearningRate: 0.001\n  Ids: [\"1\"]", Sample(0.001, [1]).ToString());

    private static Recipe Sample(double rate, int[] ids, int version = 1) =>
        new Recipe("sample", version).With("LearningRate", rate).With("Ids", ids);
}
