namespace Puzzle.Models;

/// <summary>The use of a model's layer for a while. Disposing it lets a streamed model forget the layer's weights; a resident one keeps
/// them.</summary>
public sealed class BlockLease : IDisposable
{
    private readonly Action? _giveBack;
    private TransformerBlock? _block;

    internal BlockLease(TransformerBlock block, Action? giveBack) => (_block, _giveBack) = (block, giveBack);

    /// <summary>Gets the layer; not to be used after the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The lease is disposed.</exception>
    public TransformerBlock Block => _block ?? throw new ObjectDisposedException(nameof(BlockLease));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is not null)
            _giveBack?.Invoke();
    }
}
