using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>One of llama.cpp's architectures: what its graph computes, and how its files hold the weights. What is not set is as in
/// Llama.</summary>
/// <param name="Name">What <c>general.architecture</c> calls it; its keys start with it.</param>
internal sealed record GgufArchitecture(string Name)
{
    /// <summary>Gets a value indicating whether layers may have sizes of their own, and linear or no attention.</summary>
    public bool LayersMayDiffer { get; init; }

    /// <summary>Gets a value indicating whether neighboring rows of a head are rotated together, instead of rows i and i + H / 2.</summary>
    public bool RotatesNeighbors { get; init; }

    /// <summary>Gets a value indicating whether queries, keys and values are one matrix, and so are gate and up.</summary>
    public bool FusesProjections { get; init; }

    /// <summary>Gets what the norm before the FFN is called.</summary>
    public string FfnNorm { get; init; } = "ffn_norm.weight";

    /// <summary>Gets the form and the places of norms.</summary>
    public NormFeatures Norms { get; init; } = new();

    /// <summary>Gets the norms of queries and keys.</summary>
    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>Gets the FFN's activation, and the biases of experts and router.</summary>
    public FfnFeatures Ffn { get; init; } = new();

    /// <summary>Gets whether query, key and value projections have biases; null if they may.</summary>
    public bool? ProjectionBias { get; init; } = false;

    /// <summary>Gets a value indicating whether dense FFNs and the attention's output may have biases.</summary>
    public bool MayHaveOtherBiases { get; init; }

    /// <summary>Gets a value indicating whether every query head has a sink.</summary>
    public bool Sinks { get; init; }

    /// <summary>Gets whether FFNs are mixtures of experts; null if they may be.</summary>
    public bool? Experts { get; init; } = false;

    /// <summary>Gets a value indicating whether the width of experts has a key of its own.</summary>
    public bool HasExpertWidth { get; init; }

    /// <summary>Gets the layers of the pattern in which all but the last have a window; 0 if no layer may have one.</summary>
    public int WindowPattern { get; init; }

    /// <summary>Gets the layers of the pattern in which all but the last rotate; 0 if all do.</summary>
    public int RotaryPattern { get; init; }

    /// <summary>Gets the base of the rotary embedding of layers with a window, where it is built in; null if it is the model's.</summary>
    public double? WindowTheta { get; init; }

    /// <summary>Gets a value indicating whether the file may divide rotary frequencies one by one.</summary>
    public bool HasRotaryFactors { get; init; }

    /// <summary>Gets a value indicating whether the file may hold divisors for short and for long texts, and rotate a part of each
    /// head.</summary>
    public bool HasLongRotaryFactors { get; init; }

    /// <summary>Gets a value indicating whether the file names all multipliers.</summary>
    public bool HasMultipliers { get; init; }

    /// <summary>Gets a value indicating whether embeddings are multiplied by the root of the hidden size.</summary>
    public bool ScalesEmbedding { get; init; }

    /// <summary>Gets a value indicating whether the file may cap attention scores.</summary>
    public bool HasScoreSoftCap { get; init; }

    /// <summary>Gets a value indicating whether the file may cap logits.</summary>
    public bool HasLogitSoftCap { get; init; }

    /// <summary>Gets a value indicating whether scores and logits are capped also where the file names no cap.</summary>
    public bool AlwaysCaps { get; init; }

    /// <summary>Gets a value indicating whether the output head can only be the embedding.</summary>
    public bool TiesHead { get; init; }

    /// <summary>Gets a value indicating whether the file holds an output head also where it is the embedding.</summary>
    public bool NeedsHead { get; init; }

    /// <summary>Gets the number of layers at which the graph takes hidden size / heads for the head size in the scale of scores; 0 for
    /// none.</summary>
    public int LayersOfOtherScale { get; init; }

    /// <summary>Gives what the graph multiplies scores by, where the file does not say.</summary>
    public double ScoreScale(ModelConfig model) => model.Layers == LayersOfOtherScale
        ? Math.Sqrt((double)model.AttentionHeads / model.HiddenSize)
        : 1 / Math.Sqrt(model.HeadSize);
}
