using Puzzle.Distillation.Global;
using Puzzle.Text;

namespace Puzzle.Tests.Global;

public sealed class FitTextTests
{
    [Theory]
    [InlineData(500, 128, 128, 16)]
    [InlineData(60, 40, 40, 5)]
    [InlineData(45, 128, 40, 5)]
    [InlineData(2, 128, 1, 1)]
    public void Choose_Windows_AreOfTheTextAndGuardOthers(int count, int wanted, int fit, int guard)
    {
        PackedTokenDataset text = TinyModel.Windows(count);

        FitText parts = FitText.Choose(text, wanted)!;

        Assert.Equal((fit, guard), (parts.Fit.Count, parts.Guard.Count));
        List<string> all = Keys(text), chosen = [.. Keys(parts.Fit), .. Keys(parts.Guard)];
        Assert.Equal(chosen.Count, chosen.Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(chosen.Except(all, StringComparer.Ordinal));
        // Both reach from the first part of the text to the last.
        Assert.True(Keys(parts.Fit).Exists(key => all.IndexOf(key) <= count / 2));
        Assert.True(Keys(parts.Guard).Exists(key => all.IndexOf(key) >= count / 2));
    }

    [Fact]
    public void Choose_OneWindow_IsTooShort() => Assert.Null(FitText.Choose(TinyModel.Windows(1), 128));

    private static List<string> Keys(PackedTokenDataset text) =>
        [.. Enumerable.Range(0, text.Count).Select(window => string.Join(' ', text[window].ToArray()))];
}
