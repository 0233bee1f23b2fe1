using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// Gated FFNs of several widths in one set of weights: the channels of a narrower one are the first of a wider one's. Norms, gate and up
/// projection are shared; each width has a down projection of its own, because what few channels must add differs most from width to width.
/// </summary>
internal sealed class NestedFeedForward : Subblock
{
    private readonly ModelConfig _config;
    private readonly IReadOnlyList<int> _widths;

    /// <summary>Takes the weights from a source.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="widths">The widths, the widest first.</param>
    /// <param name="weights">The weights: those of the widest by name, but the down projections by <see cref="NameOf"/>.</param>
    public NestedFeedForward(ModelConfig config, IReadOnlyList<int> widths, WeightSource weights)
    {
        (_config, _widths) = (config, widths);
        foreach (WeightShape weight in WeightNames.Ffn(config, new GatedFfnConfig(widths[0])).Where(weight => !IsOwn(weight.Name)))
            Take(weights, weight.Name, [.. weight.Shape]);
        foreach (int width in widths)
        {
            foreach (WeightShape weight in WeightNames.Ffn(config, new GatedFfnConfig(width)).Where(weight => IsOwn(weight.Name)))
                Take(weights, NameOf(weight.Name, width), [.. weight.Shape]);
        }
    }

    /// <summary>Gets or sets the place of the width that is computed.</summary>
    public int Place { get; set; }

    /// <summary>Gives the name of a weight that each width has for itself.</summary>
    public static string NameOf(string name, int width) => string.Create(CultureInfo.InvariantCulture, $"{name}.{width}");

    /// <summary>Gives the weights of one width by name: parts of these, in the caller's dispose scope.</summary>
    /// <param name="place">The width's place.</param>
    public Dictionary<string, Tensor> Cut(int place)
    {
        int width = _widths[place];
        return WeightNames.Ffn(_config, new GatedFfnConfig(width)).ToDictionary(weight => weight.Name, weight => weight.Name switch
        {
            WeightNames.Gate or WeightNames.Up or WeightNames.GateBias or WeightNames.UpBias => Weights[weight.Name].narrow(0, 0, width),
            _ when IsOwn(weight.Name) => Weights[NameOf(weight.Name, width)].alias(),
            _ => Weights[weight.Name].alias(),
        }, StringComparer.Ordinal);
    }

    /// <summary>Gives a copy with weights of its own, of some type.</summary>
    public NestedFeedForward As(ScalarType type) =>
        new(_config, _widths, name => Weights[name].detach().to(type, copy: true)) { Place = Place };

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        using Subblock ffn = Current();
        return ffn.Forward(hidden, rotary);
    }

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary)
    {
        using Subblock ffn = Current();
        return ffn.ForwardFolded(hidden, rotary);
    }

    // Made anew for each pass: views of weights that a step has changed, or an optimizer has moved, would be of old ones.
    private Subblock Current()
    {
        Dictionary<string, Tensor> cut = Cut(Place);
        return TransformerBlock.CreateFfn(_config, new GatedFfnConfig(_widths[Place]), name => cut[name]);
    }

    private static bool IsOwn(string name) => name is WeightNames.Down or WeightNames.DownBias;
}
