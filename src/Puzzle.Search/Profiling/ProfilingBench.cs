using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>What all stacks of a profile share: the tape their weights are cut from, inputs and rotary tables. B batch, T prompt tokens, D
/// hidden size.</summary>
internal sealed class ProfilingBench : IPartBench<ProfiledPart>
{
    private readonly ProfilingOptions _options;

    /// <param name="model">The parent's shape.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="options">Device and memory.</param>
    /// <param name="largestCopy">The length of the largest copy on the tape, in elements.</param>
    /// <param name="cancellationToken">Stops the making of the tape.</param>
    public ProfilingBench(
        ModelConfig model, Workload workload, ProfilingOptions options, long largestCopy, CancellationToken cancellationToken = default)
    {
        _options = options;
        Workload = workload;
        Model = model with { MaxPositions = workload.SequenceTokens };
        Device = options.TorchDevice;
        Type = TorchType(workload);
        ElementBytes = workload.ActivationType.BytesOf(1);
        Tape = new WeightTape(checked(largestCopy * CopiesToStayCold(largestCopy * ElementBytes)), Type, Device, cancellationToken);
        Rotary = new RotaryEmbedding(Model, Device, Type);
        using var scope = NewDisposeScope();
        using var generator = new Generator(2, CPU);
        PromptHidden = Hidden(workload.PromptTokens);
        TokenHidden = Hidden(1);
        PromptIds = Ids(workload.PromptTokens);
        TokenIds = Ids(1);

        Tensor Hidden(int tokens) =>
            normal(0, 1, [workload.BatchSize, tokens, model.HiddenSize], ScalarType.Float32, CPU, generator: generator).to(Type).to(Device)
                .DetachFromDisposeScope();
        Tensor Ids(int tokens) => TokenPattern.Create(workload.BatchSize, tokens, model.VocabularySize, Device).DetachFromDisposeScope();
    }

    public Workload Workload { get; }

    /// <summary>Gets the parent's shape, with rotary tables no longer than the workload needs.</summary>
    public ModelConfig Model { get; }

    public Device Device { get; }

    public ScalarType Type { get; }

    public long ElementBytes { get; }

    public WeightTape Tape { get; }

    public RotaryEmbedding Rotary { get; }

    /// <summary>Gets the number of copies one call runs through: as many as the parent has layers, so that memory is used as
    /// there.</summary>
    public int Depth => DepthOf(Model);

    /// <summary>Gets the tokens seen by the representative decode step: those of the prompt and half the generated ones.</summary>
    public int DecodeContext => Workload.PromptTokens + (Workload.GeneratedTokens / 2);

    /// <summary>Gets the prompt at the entry of a layer, [B, T, D].</summary>
    public Tensor PromptHidden { get; }

    /// <summary>Gets one token at the entry of a layer, [B, 1, D].</summary>
    public Tensor TokenHidden { get; }

    /// <summary>Gets the prompt, [B, T].</summary>
    public Tensor PromptIds { get; }

    /// <summary>Gets one token of each sequence, [B, 1].</summary>
    public Tensor TokenIds { get; }

    public IProfiledStack CreateEmpty() => SubblockStack.Empty(this);

    public IProfiledStack CreateStack(ProfiledPart part) => part.CreateStack(this);

    /// <summary>Gives the depth of the stacks made for a parent.</summary>
    public static int DepthOf(ModelConfig model) => Math.Max(4, model.Layers);

    /// <summary>Gives how torch stores the workload's activations.</summary>
    /// <exception cref="ArgumentException">torch cannot compute in that type.</exception>
    public static ScalarType TorchType(Workload workload) => workload.ActivationType switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentException(
            $"The workload's activation type is {workload.ActivationType}; torch computes in Float32, Float16 or BFloat16.",
            nameof(workload)),
    };

    /// <summary>Gives how many copies it takes that a copy has left the last-level cache when its turn comes again.</summary>
    /// <param name="bytes">The size of one copy.</param>
    public long CopiesToStayCold(long bytes)
    {
        long cache = CacheBytes(_options);
        long affordable = Math.Min(4, _options.MaximumStackBytes / bytes);
        return Math.Max(1, Math.Max(affordable, ((2 * cache) + bytes - 1) / bytes));
    }

    /// <summary>Gives the size of the last-level cache that the options ask to exceed.</summary>
    public static long CacheBytes(ProfilingOptions options) =>
        options.CacheBytes ?? (options.Device == DeviceType.CPU ? HostHardware.LastLevelCacheBytes() ?? 32L << 20 : 64L << 20);

    public void Dispose()
    {
        Tape.Dispose();
        Rotary.Dispose();
        PromptHidden.Dispose();
        TokenHidden.Dispose();
        PromptIds.Dispose();
        TokenIds.Dispose();
    }
}
