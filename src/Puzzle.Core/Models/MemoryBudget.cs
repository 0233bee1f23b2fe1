using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>What a streamed model's bound leaves for activations, variants and workers; a resident model has no bound.</summary>
internal sealed class MemoryBudget
{
    // The runtime and libtorch, code and heaps; pieces of tensors being converted; logits and other chunks.
    private const long RuntimeBytes = 640L << 20;

    private MemoryBudget(long workBytes, string scratchFolder) => (WorkBytes, ScratchFolder) = (workBytes, scratchFolder);

    /// <summary>Gets the budget of a resident model.</summary>
    public static MemoryBudget Unbounded { get; } = new(long.MaxValue, Path.GetTempPath());

    /// <summary>Gets the bytes left beside the process itself, two layers and the head.</summary>
    public long WorkBytes { get; }

    /// <summary>Gets the bytes that activations may take before they are spilled: a quarter of what is left.</summary>
    public long ActivationBytes => WorkBytes / 4;

    /// <summary>Gets where activations are spilled to.</summary>
    public string ScratchFolder { get; }

    /// <summary>Computes what a bound leaves.</summary>
    /// <exception cref="ArgumentException">The bound does not even hold the process, two layers and the head.</exception>
    public static MemoryBudget Create(ModelConfig config, ScalarType type, StreamingOptions options)
    {
        long size = TensorTypes.ElementBytes(type);
        long layer = LayerBytes(config, type);
        long head = size * config.VocabularySize * config.HiddenSize;
        long rotary = 4L * sizeof(float) * config.MaxPositions * config.HeadSize;
        // Units train beside 32-bit copies of the layer's weights.
        long copy = type == ScalarType.Float32 ? 0 : LayerBytes(config, ScalarType.Float32);
        long fixedBytes = checked(RuntimeBytes + (LayerStream.MaxLoadedLayers * layer) + copy + head + rotary);
        long work = options.MaxMemoryBytes - fixedBytes;
        // Half a layer: below that nothing can be trained or scored.
        if (work < layer / 2)
        {
            throw new ArgumentException(
                $"{nameof(StreamingOptions.MaxMemoryBytes)} is {options.MaxMemoryBytes}; this model needs at least " +
                    $"{fixedBytes + (layer / 2)}: {LayerStream.MaxLoadedLayers} layers of {layer} bytes, the head of {head}, " +
                        $"{RuntimeBytes + rotary} for the process, {layer / 2} to work with.",
                nameof(options));
        }
        return new MemoryBudget(work, options.ScratchFolder);
    }

    /// <summary>Gives the number of workers, at most <paramref name="wanted"/>, that fit beside the activations.</summary>
    /// <param name="wanted">The number asked for.</param>
    /// <param name="bytesEach">What each needs.</param>
    /// <param name="work">What they do, for the message.</param>
    /// <exception cref="ArgumentException">Not even one fits.</exception>
    public int Workers(int wanted, long bytesEach, string work)
    {
        long available = WorkBytes - ActivationBytes;
        if (bytesEach > available)
            throw new ArgumentException($"{nameof(StreamingOptions.MaxMemoryBytes)} leaves {available} bytes for {work}, which needs " +
                $"{bytesEach}: raise it by {(bytesEach - available) / 3 * 4} bytes, or use shorter windows or smaller batches.");
        return (int)Math.Clamp(available / Math.Max(1, bytesEach), 1, wanted);
    }

    /// <summary>Gives freed memory back to the system, where there is a bound. Call after pieces of work of about a layer's size.</summary>
    public void Trim()
    {
        if (this != Unbounded)
            NativeHeap.Trim();
    }

    /// <summary>Gives the bytes that work beside a resident model may still take.</summary>
    /// <param name="model">The model, which is in memory.</param>
    /// <param name="held">What is held beside it already, in bytes.</param>
    public static long RoomBeside(CausalLanguageModel model, long held = 0) => model.MaxMemoryBytes is { } most
        ? Math.Max(0, most - ProcessBytes(model) - held)
        : DeviceMemory.FreeOn(model.Device) ?? long.MaxValue;

    /// <summary>Gives the bytes that a stated limit leaves for work beside a resident model, or all there could be without one. What is
    /// free by chance decides nothing that changes a result's bits.</summary>
    /// <param name="model">The model, which is in memory.</param>
    /// <param name="held">What is held beside it already, in bytes.</param>
    public static long LimitBeside(CausalLanguageModel model, long held = 0) =>
        model.MaxMemoryBytes is null ? long.MaxValue : RoomBeside(model, held);

    /// <summary>Estimates what a process takes that holds a model, whatever it does: on the CPU, or of the model's GPU.</summary>
    public static long ProcessBytes(CausalLanguageModel model) => checked(
        (model.Device.type == TorchSharp.DeviceType.CUDA ? DeviceMemory.CudaContextBytes : RuntimeBytes)
            + (model.IsStreamed ? 0 : TensorTypes.ElementBytes(model.ElementType) * model.ParameterCount));

    private static long LayerBytes(ModelConfig config, ScalarType type) =>
        checked(TensorTypes.ElementBytes(type) * config.Architecture.Max(block => ParameterCounter.Block(config, block)));
}
