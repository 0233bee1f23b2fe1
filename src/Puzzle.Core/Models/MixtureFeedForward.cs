using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>
/// A mixture of experts: a router gives each token a score for each of E experts; the best k compute it, each a gated FFN of width F, and
/// their outputs are added, weighted by a softmax of the scores.
/// </summary>
internal sealed class MixtureFeedForward : Subblock
{
    private readonly ResidualBranch _branch;
    private readonly GatedActivation _activation;
    private readonly MixtureFfnConfig _mixture;
    private readonly bool _normalizes;
    private readonly Tensor _router;
    private readonly Tensor? _routerBias;
    private readonly Tensor _gate;
    private readonly Tensor _up;
    private readonly Tensor _down;
    private readonly Tensor? _gateBias;
    private readonly Tensor? _upBias;
    private readonly Tensor? _downBias;

    /// <summary>Takes the weights from a source.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="mixture">The experts.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    /// <exception cref="ArgumentException">A weight has another shape, or more experts are active than there are.</exception>
    public MixtureFeedForward(ModelConfig config, MixtureFfnConfig mixture, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(weights);
        (long experts, long width, long hidden) = (mixture.Experts, mixture.IntermediateSize, config.HiddenSize);
        if (mixture.ActiveExperts > experts)
            throw new ArgumentException($"{mixture.ActiveExperts} of {experts} experts cannot be active.", nameof(mixture));
        (_mixture, _normalizes, _activation) = (mixture, config.Ffn.NormalizeExpertWeights, new GatedActivation(config.Ffn));
        _branch = TakeBranch(config, WeightNames.FfnNorm, WeightNames.FfnAfterNorm, weights);
        _router = Take(weights, WeightNames.Router, experts, hidden);
        _routerBias = config.Ffn.RouterBias ? Take(weights, WeightNames.RouterBias, experts) : null;
        _gate = Take(weights, WeightNames.ExpertGate, experts, width, hidden);
        _up = Take(weights, WeightNames.ExpertUp, experts, width, hidden);
        _down = Take(weights, WeightNames.ExpertDown, experts, hidden, width);
        if (!config.Ffn.Bias)
            return;
        _gateBias = Take(weights, WeightNames.ExpertGateBias, experts, width);
        _upBias = Take(weights, WeightNames.ExpertUpBias, experts, width);
        _downBias = Take(weights, WeightNames.ExpertDownBias, experts, hidden);
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return _branch.Leave(hidden, Mix(_branch.Enter(hidden)));
    }

    /// <summary>Gives each token's experts and their weights.</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <exception cref="ObjectDisposedException">The subblock is disposed.</exception>
    /// <returns>Both [B x T, k]: indices of experts, the best first, and weights.</returns>
    public (Tensor Experts, Tensor Weights) Route(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using OpenCalls.Call call = Enter();
        return RouteNormalized(_branch.Enter(hidden).reshape(-1, hidden.size(-1)));
    }

    /// <summary>Gives each token's score of every expert.</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <returns>[B x T, E], 32-bit floats.</returns>
    internal Tensor RouterScores(Tensor hidden)
    {
        using OpenCalls.Call call = Enter();
        return ScoresOfNormalized(_branch.Enter(hidden).reshape(-1, hidden.size(-1)));
    }

    /// <summary>Computes the experts one by one.</summary>
    /// <param name="hidden">The residual stream, [B, T, D].</param>
    /// <returns>For each expert that computes a token: the tokens' weights [n], what its down projection sees [n, F], and its outputs [n,
    /// D].</returns>
    internal IEnumerable<(int Expert, Tensor Shares, Tensor Intermediate, Tensor Outputs)> Trace(Tensor hidden)
    {
        Tensor tokens = _branch.Enter(hidden).reshape(-1, hidden.size(-1));
        (Tensor experts, Tensor weights) = RouteNormalized(tokens);
        foreach ((int expert, Tensor rows, Tensor places) in Assignments(experts))
        {
            Tensor intermediate = IntermediateNormalized(tokens.index_select(0, rows), expert);
            yield return (
                expert, weights.reshape(-1).index_select(0, places), intermediate, linear(intermediate, _down[expert], _downBias?[expert]));
        }
    }

    private Tensor Mix(Tensor x)
    {
        Tensor tokens = x.reshape(-1, x.size(-1));
        (Tensor experts, Tensor weights) = RouteNormalized(tokens);
        Tensor shares = weights.reshape(-1), sum = zeros_like(tokens);
        // Experts in their order, so that sums are always taken in the same one.
        foreach ((int expert, Tensor rows, Tensor places) in Assignments(experts))
        {
            Tensor output = linear(IntermediateNormalized(tokens.index_select(0, rows), expert), _down[expert], _downBias?[expert]);
            sum = sum.index_add(0, rows, output.mul(shares.index_select(0, places).unsqueeze(-1)), Native.Scalars.One);
        }
        return sum.view_as(x);
    }

    private (Tensor Experts, Tensor Weights) RouteNormalized(Tensor tokens)
    {
        Tensor scores = ScoresOfNormalized(tokens);
        if (_normalizes)
        {
            (Tensor best, Tensor chosen) = scores.topk(_mixture.ActiveExperts);
            return (chosen, best.softmax(-1).to(tokens.dtype));
        }
        (Tensor shares, Tensor indices) = scores.softmax(-1).topk(_mixture.ActiveExperts);
        return (indices, shares.to(tokens.dtype));
    }

    private Tensor ScoresOfNormalized(Tensor tokens) => linear(tokens, _router, _routerBias).to(ScalarType.Float32);

    private Tensor IntermediateNormalized(Tensor tokens, int expert) =>
        _activation.Of(linear(tokens, _gate[expert], _gateBias?[expert]), linear(tokens, _up[expert], _upBias?[expert]));

    /// <summary>Gives, for every expert that computes a token, the tokens' rows and the places in the flattened [n x k] that name
    /// it.</summary>
    private IEnumerable<(int Expert, Tensor Rows, Tensor Places)> Assignments(Tensor experts)
    {
        long[] chosen = experts.reshape(-1).cpu().data<long>().ToArray();
        var places = new List<long>?[_mixture.Experts];
        for (int place = 0; place < chosen.Length; place++)
            (places[chosen[place]] ??= []).Add(place);
        for (int expert = 0; expert < places.Length; expert++)
        {
            if (places[expert] is { } named)
                yield return (expert, Indices(named.Select(place => place / _mixture.ActiveExperts)), Indices(named));
        }

        Tensor Indices(IEnumerable<long> values) => tensor(values.ToArray(), device: experts.device);
    }
}
