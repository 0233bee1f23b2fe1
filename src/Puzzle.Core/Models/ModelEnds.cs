using Puzzle.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>What a model does to embeddings and logits beyond looking up and projecting; nothing by default.</summary>
internal sealed class ModelEnds(ModelConfig config)
{
    private readonly Scalar? _embedding = config.EmbeddingMultiplier == 1 ? null : config.EmbeddingMultiplier.ToScalar();
    private readonly Scalar? _logits = config.LogitDivisor == 1 ? null : (1 / config.LogitDivisor).ToScalar();
    private readonly Scalar? _cap = config.LogitSoftCap?.ToScalar();
    private readonly Scalar? _inverseCap = (1 / config.LogitSoftCap)?.ToScalar();

    public Tensor ScaleEmbeddings(Tensor embeddings) => _embedding is null ? embeddings : embeddings.mul(_embedding);

    public Tensor FinishLogits(Tensor logits)
    {
        if (_logits is not null)
            logits = logits.mul(_logits);
        return _cap is null ? logits : logits.mul(_inverseCap!).tanh().mul(_cap);
    }
}
