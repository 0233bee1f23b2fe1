using System.Reflection;

namespace Puzzle.Tests;

/// <summary>Options that differ from others in what a test is about.</summary>
internal static class ChangedOptions
{
    /// <summary>Gives a copy that is changed; the options themselves stay.</summary>
    /// <param name="options">The options.</param>
    /// <param name="change">Sets what differs.</param>
    public static TOptions With<TOptions>(this TOptions options, Action<TOptions> change)
        where TOptions : class, new()
    {
        var copy = new TOptions();
        foreach (PropertyInfo property in typeof(TOptions).GetProperties().Where(property => property.CanWrite))
            property.SetValue(copy, property.GetValue(options));
        change(copy);
        return copy;
    }
}
