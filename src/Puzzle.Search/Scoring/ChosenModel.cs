using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>The model that candidates are put into: the parent with a chosen block in each layer. Shares the parent's memory where the choice is the parent's.</summary>
internal sealed class ChosenModel : IDisposable
{
    private readonly List<Subblock> _loaded = [];
    private readonly (Subblock Attention, Subblock Ffn)[] _blocks;

    /// <param name="request">Parent and library.</param>
    public ChosenModel(ScoringRequest request)
    {
        try
        {
            _blocks = [.. request.Parent.Blocks.Select((own, layer) => request.Beside is not { } choice
                ? (own.Attention, own.Ffn)
                : (Load(choice[layer].Attention, own.Attention), Load(choice[layer].Ffn, own.Ffn)))];
        }
        catch
        {
            Dispose();
            throw;
        }

        Subblock Load(SubblockVariant variant, Subblock own)
        {
            if (variant.IsParent)
                return own;
            _loaded.Add(request.Library.LoadSubblock(variant, request.Parent));
            return _loaded[^1];
        }
    }

    /// <summary>Computes the residual stream before layer <paramref name="end"/> from the one before layer <paramref name="first"/>, [B, T, D].</summary>
    /// <returns><paramref name="hidden"/> itself if nothing changes it.</returns>
    public Tensor Forward(Tensor hidden, int first, int end, RotaryTable rotary)
    {
        for (int layer = first; layer < end; layer++)
            hidden = _blocks[layer].Ffn.Forward(_blocks[layer].Attention.Forward(hidden, rotary), rotary);
        return hidden;
    }

    public void Dispose() => _loaded.ForEach(subblock => subblock.Dispose());
}
