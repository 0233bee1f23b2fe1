namespace Puzzle.Models;

/// <summary>The use of a model's layer for a while. Disposing it lets a streamed model forget the layer's weights; a resident one keeps them.</summary>
public sealed class BlockLease : IDisposable
{
    private Action? _return;

    internal BlockLease(TransformerBlock block, Action? giveBack) => (Block, _return) = (block, giveBack);

    /// <summary>Gets the layer; not to be used after the lease is disposed.</summary>
    public TransformerBlock Block { get; }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _return, null)?.Invoke();
}
