namespace Puzzle.Checkpoints;

/// <summary>How a config.json says that layers differ; each dialect has its own readers.</summary>
public enum CheckpointDialect
{
    /// <summary><see cref="Llama"/> where it can express the model, else <see cref="ModelOpt"/>. Changes no weight.</summary>
    Automatic,

    /// <summary>Plain Llama: every layer has the same attention and the same gated FFN. Read by everything.</summary>
    Llama,

    /// <summary>Llama with ModelOpt's <c>block_configs</c>: every kind of subblock.</summary>
    ModelOpt,

    /// <summary>
    /// DeciLM (<c>nemotron-nas</c>), as the published Puzzle models are: every kind of subblock, but head size = hidden size / heads
    /// and FFN widths that are multiples of 256. Narrower FFNs are padded with zeros, which leaves the function as it is.
    /// </summary>
    DeciLm,

    /// <summary>Llama with <c>per_layer_config</c>, for vLLM's AnyModel and for transformers: no linear subblocks.</summary>
    PerLayerConfig,
}
