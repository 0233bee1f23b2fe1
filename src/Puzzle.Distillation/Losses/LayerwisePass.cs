using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>Gives a scalar loss of a layer's output, [B, T, D], with its graph; null for none.</summary>
internal delegate Tensor? LayerLoss(int layer, Tensor output);

/// <summary>
/// One forward and backward pass through a model's layers, each layer a graph of its own. The graphs either stay until
/// their turn in the backward pass, or are built again then from the layers' inputs: the same numbers in less memory.
/// </summary>
internal sealed class LayerwisePass
{
    private readonly CausalLanguageModel _model;
    private readonly RotaryTable _rotary;
    private readonly Tensor _embedded;
    private readonly Tensor[] _inputs;
    private readonly Tensor[]? _outputs;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Computes the layers' outputs, in the caller's dispose scope.</summary>
    /// <param name="model">The model; its weights' gradients are accumulated in <see cref="Backward"/>.</param>
    /// <param name="ids">Token ids, [B, T].</param>
    /// <param name="recompute">Keep only the layers' inputs, and run each layer again in the backward pass.</param>
    /// <param name="cancellationToken">Stops between layers, here and in <see cref="Backward"/>.</param>
    public LayerwisePass(CausalLanguageModel model, Tensor ids, bool recompute, CancellationToken cancellationToken = default)
    {
        (_model, _cancellationToken) = (model, cancellationToken);
        _rotary = model.Rotary.At(0, (int)ids.size(1));
        _embedded = model.EmbedKnown(ids);
        _inputs = new Tensor[model.Blocks.Count];
        _outputs = recompute ? null : new Tensor[model.Blocks.Count];
        Tensor hidden = _embedded;
        using IDisposable? noGraph = recompute ? no_grad() : null;
        for (int layer = 0; layer < _inputs.Length; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _inputs[layer] = Leaf(hidden);
            hidden = Run(layer);
            if (_outputs is not null)
                _outputs[layer] = hidden;
        }
        Last = Leaf(hidden);
    }

    /// <summary>Gets the last layer's output, [B, T, D]: a leaf, for what follows the layers.</summary>
    public Tensor Last { get; }

    /// <summary>Accumulates the gradients of all layers and of the embedding, the last layer first.</summary>
    /// <param name="gradient">The gradient at <see cref="Last"/>; null when only the layers' own losses count.</param>
    /// <param name="layerLoss">A loss of each layer's output.</param>
    public void Backward(Tensor? gradient, LayerLoss layerLoss)
    {
        for (int layer = _inputs.Length - 1; layer >= 0; layer--)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            Tensor output = _outputs?[layer] ?? Run(layer);
            Back(output, gradient, layerLoss(layer, output));
            gradient?.Dispose();
            gradient = _inputs[layer].grad!.MoveToOuterDisposeScope();
            _outputs?[layer].Dispose();
        }
        autograd.backward([_embedded], [gradient!]);
    }

    private static void Back(Tensor output, Tensor? gradient, Tensor? loss)
    {
        var roots = new List<Tensor>();
        var gradients = new List<Tensor>();
        if (gradient is not null)
        {
            roots.Add(output);
            gradients.Add(gradient);
        }
        if (loss is not null)
        {
            roots.Add(loss);
            gradients.Add(ones_like(loss));
        }
        autograd.backward(roots, gradients);
    }

    // A scope of its own frees what the graph does not hold. A layer without subblocks gives its input back.
    private Tensor Run(int layer)
    {
        using var scope = NewDisposeScope();
        Tensor output = _model.Blocks[layer].Forward(_inputs[layer], _rotary);
        return ReferenceEquals(output, _inputs[layer]) ? output : output.MoveToOuterDisposeScope();
    }

    private static Tensor Leaf(Tensor hidden) => hidden.detach().requires_grad_(true);
}
