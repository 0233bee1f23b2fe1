using System.Runtime.InteropServices;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>What all stacks of a profile share: sizes, and a temporary folder with the graphs and the random weights they are cut
/// from.</summary>
internal sealed class StackBench : IPartBench<StackPart>
{
    public const string TapeFile = "tape.data";
    private const int MostCopies = 256;
    private const int FewestCopies = 4;
    private const int FewPromptTokens = 64;
    private readonly OnnxProfilingOptions _options;
    private readonly ScratchFolder _scratch;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Writes the tape.</summary>
    /// <param name="model">The parent's shape.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="export">Precision and operators.</param>
    /// <param name="parts">What is to be measured.</param>
    /// <param name="cancellationToken">Asked between megabytes of the tape, and while a stack is loaded.</param>
    public StackBench(
        ModelConfig model, Workload workload, OnnxProfilingOptions options, OnnxExportOptions export, IReadOnlyList<StackPart> parts,
        CancellationToken cancellationToken = default)
    {
        (_options, _cancellationToken) = (options, cancellationToken);
        (Workload, Export) = (workload, export);
        Model = model with { MaxPositions = workload.SequenceTokens };
        long largestTensor = checked(
            (long)Math.Max(model.VocabularySize, parts.Max(part => part.Bytes / model.HiddenSize)) * model.HiddenSize * sizeof(float));
        // Cuts begin at multiples of 4 KiB: room for the gaps.
        TapeBytes = Math.Max(
            largestTensor, Math.Min(options.MaximumStackBytes, parts.Max(part => part.Bytes * DecodeCopiesOf(part)) * 5 / 4)) + (1 << 20);
        _scratch = new ScratchFolder("profile");
        try
        {
            WriteTape(Path.Combine(Folder, TapeFile), TapeBytes, cancellationToken);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Workload Workload { get; }

    public OnnxExportOptions Export { get; }

    /// <summary>Gets the parent's shape, with rotary tables no longer than the workload needs.</summary>
    public ModelConfig Model { get; }

    public string Folder => _scratch.Path;

    public long TapeBytes { get; }

    /// <summary>Gets the tokens seen by the representative decode step: those of the prompt and half the generated ones.</summary>
    public int DecodeContext => Workload.PromptTokens + (Workload.GeneratedTokens / 2);

    public Generation.OnnxSessionOptions Session => _options.Session;

    /// <summary>Gives how many copies a decode step runs through: so many that a copy has left the last-level cache when its turn comes
    /// again.</summary>
    /// <param name="part">What the stack is made of; null for the empty one.</param>
    public int DecodeCopiesOf(StackPart? part) =>
        part is null ? 0 : _options.CopiesToStayCold(part.Bytes + KeyValueBytes(part, part.Window), part.Bytes, FewestCopies, MostCopies);

    /// <summary>Gives how many copies a prompt runs through: the more tokens use a weight, the less it matters where it comes
    /// from.</summary>
    /// <param name="part">What the stack is made of; null for the empty one.</param>
    public int PrefillCopiesOf(StackPart? part)
    {
        long decode = DecodeCopiesOf(part), tokens = (long)Workload.BatchSize * Workload.PromptTokens;
        return (int)Math.Min(decode, Math.Max(FewestCopies, decode * FewPromptTokens / tokens));
    }

    /// <summary>Gives how many of a stack's copies have keys and values of their own.</summary>
    /// <param name="part">What it is made of.</param>
    /// <param name="copies">Its copies.</param>
    public int CachesOf(StackPart part, int copies) =>
        (int)Math.Clamp(_options.MaximumStackBytes / Math.Max(1, KeyValueBytes(part)), 1, copies);

    // Buffers hold whole texts; of them, a step reads what a window shows.
    private long KeyValueBytes(StackPart part, int? window = null) => checked(
        2L * part.KeyValueHeads * Model.HeadSize * Math.Min(Workload.SequenceTokens, window ?? int.MaxValue) * Workload.BatchSize
        * sizeof(float));

    public IProfiledStack CreateEmpty() => new OnnxStack(this, null, _cancellationToken);

    public IProfiledStack CreateStack(StackPart part) => new OnnxStack(this, part, _cancellationToken);

    public void Dispose() => _scratch.Dispose();

    private static void WriteTape(string path, long length, CancellationToken cancellationToken)
    {
        var random = new Random(1);
        float[] numbers = new float[1 << 18];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = ((float)random.NextDouble() - 0.5f) * 0.07f;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(numbers.AsSpan());
        using FileStream stream = File.Create(path);
        for (long left = length; left > 0; left -= bytes.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Write(bytes[..(int)Math.Min(left, bytes.Length)]);
        }
    }
}
