using Puzzle.Architectures;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Fusion;

/// <summary>
/// The weights of one FFN that computes the sum of several. All normalize the same input, so that only the norms' weights differ: they are
/// multiplied into the matrices that read it, and the wide norm multiplies by one. Multipliers of what is added are the model's and stay.
/// </summary>
/// <param name="norms">The form of the norms: before the FFNs, or none.</param>
/// <param name="parts">The weights of the FFNs by name.</param>
internal sealed class WideFfn(NormFeatures norms, IReadOnlyList<IReadOnlyDictionary<string, Tensor>> parts)
{
    private const int Rows = 0, Columns = 1;

    /// <summary>Gets a weight in 32-bit floats, in the caller's dispose scope.</summary>
    /// <param name="name">Its name within the layer.</param>
    public Tensor this[string name] => name switch
    {
        WeightNames.FfnNorm => norms.AddsOne ? zeros_like(Of(0, name)) : ones_like(Of(0, name)),
        WeightNames.Gate or WeightNames.Up => cat([.. Places.Select(part => Of(part, name).mul(Scale(part)))], Rows),
        WeightNames.Down => cat([.. Places.Select(part => Of(part, name))], Columns),
        WeightNames.GateBias or WeightNames.UpBias => cat([.. Places.Select(part => Of(part, name))], Rows),
        WeightNames.DownBias => Places.Select(part => Of(part, name)).Aggregate((sum, bias) => sum.add(bias, Scalars.One)),
        _ => throw new ArgumentException($"A gated FFN has no weight {name}.", nameof(name)),
    };

    private IEnumerable<int> Places => Enumerable.Range(0, parts.Count);

    private Tensor Scale(int part) => Of(part, WeightNames.FfnNorm) is var weight && norms.AddsOne
        ? weight.add(Scalars.One, Scalars.One)
        : weight;

    private Tensor Of(int part, string name) => parts[part][name].detach().to(ScalarType.Float32);
}
