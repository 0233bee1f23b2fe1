using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// The model that candidates are put into: the parent with a chosen block in each layer. Of a resident parent all layers stay in
/// memory, the parent's own shared with it; of a streamed one a layer is there while it is lent.
/// </summary>
internal sealed class ChosenModel : IDisposable
{
    private readonly ScoringRequest _request;
    private readonly IReadOnlyList<BlockVariant>? _choice;
    private readonly List<ChosenLayer> _kept = [];

    /// <param name="request">Parent and library.</param>
    /// <param name="choice">A block per layer; null for the parent itself.</param>
    public ChosenModel(ScoringRequest request, IReadOnlyList<BlockVariant>? choice)
    {
        (_request, _choice) = (request, choice);
        try
        {
            for (int layer = 0; layer < request.Parent.Config.Layers && !request.Parent.IsStreamed; layer++)
                _kept.Add(new ChosenLayer(request, layer, choice?[layer]));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Uses a layer, with its weights in memory meanwhile.</summary>
    public void With(int layer, Action<ChosenLayer> use)
    {
        if (_kept.Count > 0)
        {
            use(_kept[layer]);
            return;
        }
        using var read = new ChosenLayer(_request, layer, _choice?[layer]);
        use(read);
    }

    /// <summary>Computes the residual stream before layer <paramref name="end"/> from the one before layer <paramref name="first"/>, [B, T,
    /// D], of a resident parent.</summary>
    /// <returns><paramref name="hidden"/> itself if nothing changes it.</returns>
    public Tensor Forward(Tensor hidden, int first, int end, RotaryTable rotary)
    {
        Tensor reached = hidden;
        for (int layer = first; layer < end; layer++)
        {
            Tensor output = _kept[layer].Forward(reached, rotary);
            if (!ReferenceEquals(output, reached) && !ReferenceEquals(reached, hidden))
                reached.Dispose();
            reached = output;
        }
        return reached;
    }

    public void Dispose() => _kept.ForEach(layer => layer.Dispose());
}
