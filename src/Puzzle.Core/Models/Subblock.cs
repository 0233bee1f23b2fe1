using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;

using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>
/// One half of a block: a function added to the residual stream, with the norm that belongs to it.
/// It owns its weights; names are relative to the layer, as in a Hugging Face Llama checkpoint.
/// </summary>
/// <remarks>Not thread-safe for training; forward passes under no_grad may share one instance between threads.</remarks>
public abstract class Subblock : IDisposable
{
    private readonly SortedDictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly OpenCalls _calls = new(typeof(Subblock));

    private protected Subblock()
    {
    }

    /// <summary>Gets the weights by their name within the layer, for example <c>mlp.up_proj.weight</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>Gets the number of parameters, the norm's included.</summary>
    public long ParameterCount => _weights.Values.Sum(weight => weight.numel());

    /// <summary>Computes the residual stream after this subblock.</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <param name="rotary">The rotary table at the positions of these T tokens; used by attention only.</param>
    /// <param name="cache">Keys and values of earlier tokens, to which these tokens' are appended; null without a cache.</param>
    /// <returns>[B, T, D]; a no-op returns <paramref name="hidden"/> itself.</returns>
    /// <exception cref="ObjectDisposedException">The subblock is disposed.</exception>
    public Tensor Forward(Tensor hidden, RotaryTable rotary, LayerCache? cache = null)
    {
        using OpenCalls.Call call = _calls.Enter();
        using var scope = NewDisposeScope();
        return Leaving(hidden, Compute(hidden, rotary, cache));
    }

    /// <summary>
    /// Computes what <see cref="Forward"/> computes, up to rounding, for an input that needs no gradient. The norm's weight is
    /// multiplied into the matrices behind it, so that its gradient comes from theirs and none is computed for the input.
    /// </summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <param name="rotary">The rotary table at the positions of these T tokens.</param>
    internal Tensor ForwardFolded(Tensor hidden, RotaryTable rotary)
    {
        using OpenCalls.Call call = _calls.Enter();
        using var scope = NewDisposeScope();
        return Leaving(hidden, ComputeFolded(hidden, rotary));
    }

    /// <summary>Hands an output from the present dispose scope to the one around it; the other tensors live on only in a graph that needs
    /// them.</summary>
    internal static Tensor Leaving(Tensor hidden, Tensor output) =>
        ReferenceEquals(hidden, output) ? output : output.MoveToOuterDisposeScope();

    /// <summary>Gives an output, and frees the input unless that is the output too.</summary>
    internal static Tensor Instead(Tensor hidden, Tensor output)
    {
        if (!ReferenceEquals(hidden, output))
            hidden.Dispose();
        return output;
    }

    /// <summary>Gets the name of the matrix [D, k] whose product with <see cref="Features"/> is all that is added to the residual stream;
    /// null if nothing is, or not by one matrix alone.</summary>
    internal virtual string? Readout => null;

    /// <summary>Gets the bias [D] that is added to the product; null without one.</summary>
    internal virtual Tensor? ReadoutBias => null;

    /// <summary>Computes what the <see cref="Readout"/> matrix reads.</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <param name="rotary">The rotary table at the positions of these T tokens; used by attention only.</param>
    /// <returns>[B, T, k]</returns>
    /// <exception cref="NotSupportedException">There is no such matrix.</exception>
    internal virtual Tensor Features(Tensor hidden, RotaryTable rotary) =>
        throw new NotSupportedException($"{GetType().Name} has no readout.");

    /// <summary>Disposes the weights, once no call uses them any more.</summary>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        foreach (Tensor weight in _weights.Values)
            weight.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes the norms that a subblock has.</summary>
    private protected ResidualBranch TakeBranch(ModelConfig config, string before, string after, WeightSource weights)
    {
        return new ResidualBranch(
            config.Norms.HasBefore ? Norm(before) : null, config.Norms.HasAfter ? Norm(after) : null, config.ResidualMultiplier);

        RmsNorm Norm(string name) => new(Take(weights, name, config.HiddenSize), config.RmsNormEpsilon, config.Norms.AddsOne);
    }

    /// <summary>Begins a call that uses the weights.</summary>
    private protected OpenCalls.Call Enter() => _calls.Enter();

    /// <summary>Does what <see cref="Forward"/> says.</summary>
    private protected abstract Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache);

    /// <summary>Does what <see cref="ForwardFolded"/> says.</summary>
    private protected virtual Tensor ComputeFolded(Tensor hidden, RotaryTable rotary) => Compute(hidden, rotary, cache: null);

    /// <summary>Takes one weight from the source, checks its shape and owns it from here on.</summary>
    private protected Tensor Take(WeightSource source, string name, params ReadOnlySpan<long> shape)
    {
        Tensor weight = source(name);
        try
        {
            ShapeCheck.Require(name, weight, shape);
        }
        catch
        {
            weight.Dispose();
            Dispose();
            throw;
        }
        weight.DetachFromDisposeScope();
        _weights.Add(name, weight);
        return weight;
    }
}
