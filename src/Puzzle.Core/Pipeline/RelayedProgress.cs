namespace Puzzle.Pipeline;

/// <summary>Reports at once, on the thread that reports: Progress&lt;T&gt; would post to a synchronization context, and order
/// matters.</summary>
internal sealed class RelayedProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
