using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.PaperStarts;

/// <summary>What the experts of a mixture, and each one's channels, contribute to its output over calibration text.</summary>
internal sealed class ExpertContribution : IDisposable
{
    private ExpertContribution(Tensor experts, Tensor channels, Tensor shares) => (Experts, Channels, Shares) = (experts, channels, shares);

    /// <summary>Gets how far the output moves when an expert's term is dropped, summed over tokens, [E]: both how often it is used and what
    /// it then adds.</summary>
    public Tensor Experts { get; }

    /// <summary>Gets the channels' contributions to their expert, as <see cref="ChannelContribution"/> has them, summed over its tokens,
    /// [E, F].</summary>
    public Tensor Channels { get; }

    /// <summary>Gets the mean weight of each expert over all tokens, 0 where it is not active, [E].</summary>
    public Tensor Shares { get; }

    /// <summary>Measures a mixture.</summary>
    /// <param name="ffn">The parent's FFN.</param>
    /// <param name="config">Its config.</param>
    /// <param name="inputs">The residual stream the FFN sees, batches of [B, T, D].</param>
    /// <param name="batches">The number of batches to use, the first; at least one.</param>
    public static ExpertContribution Measure(MixtureFeedForward ffn, MixtureFfnConfig config, IReadOnlyList<Tensor> inputs, int batches)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor experts = zeros(config.Experts), channels = zeros(config.Experts, config.IntermediateSize), shares = zeros(config.Experts);
        Tensor columns = ffn.Weights[WeightNames.ExpertDown].to(ScalarType.Float32).norm(1, p: 2f).cpu();
        long tokens = 0;
        for (int batch = 0; batch < batches; batch++)
        {
            using var batchScope = NewDisposeScope();
            Tensor input = inputs[batch];
            tokens += input.size(0) * input.size(1);
            foreach ((int expert, Tensor weights, Tensor intermediate, Tensor outputs) in ffn.Trace(input))
            {
                Tensor share = weights.to(ScalarType.Float32);
                experts[expert].add_(outputs.to(ScalarType.Float32).norm(1, p: 2f).mul(share).sum().cpu(), Scalars.One);
                channels[expert].add_(intermediate.abs().to(ScalarType.Float32).sum([0L]).cpu().mul(columns[expert]), Scalars.One);
                shares[expert].add_(share.sum().cpu(), Scalars.One);
            }
        }
        return new ExpertContribution(
            experts.DetachFromDisposeScope(), channels.DetachFromDisposeScope(),
            shares.div(tensor((float)tokens)).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        Experts.Dispose();
        Channels.Dispose();
        Shares.Dispose();
    }
}
