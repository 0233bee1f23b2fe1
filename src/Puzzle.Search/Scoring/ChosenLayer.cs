using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>A layer of the model that candidates are put into, while it is borrowed from a streamed parent.</summary>
internal sealed class ChosenLayer : IDisposable
{
    private readonly BlockLease _lease;
    private readonly Subblock? _attention;
    private readonly Subblock? _ffn;

    /// <param name="request">Parent and library.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="choice">What is in its place; null for the parent's own.</param>
    public ChosenLayer(ScoringRequest request, int layer, BlockVariant? choice)
    {
        _lease = request.Parent.Borrow(layer);
        try
        {
            _attention = Load(choice?.Attention);
            _ffn = Load(choice?.Ffn);
        }
        catch
        {
            Dispose();
            throw;
        }

        Subblock? Load(SubblockVariant? variant) =>
            variant is null or { IsParent: true } ? null : request.Library.LoadSubblock(variant, request.Parent);
    }

    /// <summary>Computes the residual stream after the layer, [B, T, D]; <paramref name="hidden"/> itself if nothing changes it.</summary>
    public Tensor Forward(Tensor hidden, RotaryTable rotary)
    {
        using var scope = NewDisposeScope();
        return Subblock.Leaving(
            hidden, (_ffn ?? _lease.Block.Ffn).Forward((_attention ?? _lease.Block.Attention).Forward(hidden, rotary), rotary));
    }

    public void Dispose()
    {
        _attention?.Dispose();
        _ffn?.Dispose();
        _lease.Dispose();
    }
}
