namespace Puzzle.Testing;

/// <summary>The line that says what a role's results depend on.</summary>
internal static class SettingsCheck
{
    public static void Check(string one, string same)
    {
        Assert.False(string.IsNullOrWhiteSpace(one));
        Assert.DoesNotContain('\n', one);
        Assert.Equal(one, same);
    }
}
