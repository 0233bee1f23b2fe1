using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using Puzzle.Foundation;

namespace Puzzle.Deployment.Generation;

/// <summary>An exported decoder, loaded: its session and what its inputs and outputs are.</summary>
internal sealed class OnnxDecoder : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(OnnxTextGenerator));
    private readonly string _folder;
    private readonly OnnxSessionOptions _options;
    private int _users = 1;

    private OnnxDecoder(InferenceSession session, GenAiConfig config, string folder, OnnxSessionOptions options, string path)
    {
        (_folder, _options) = (folder, options);
        Session = session;
        Memory = options.Device == OnnxDevice.Cpu ? CacheMemory.Cpu : CacheMemory.Cuda(session, options.DeviceIndex);
        Config = config.Model;
        SharesCache = config.Search.PastPresentShareBuffer;
        TakesPositions = session.InputMetadata.ContainsKey(DecoderNames.PositionIds);
        int[] logits = Metadata(session.OutputMetadata, DecoderNames.Logits, 3, path).Dimensions;
        Require(logits[2] == Config.VocabSize,
            $"its logits are of {logits[2]} tokens; {GenAiConfig.FileName} says the vocabulary has {Config.VocabSize}");
        AllLogits = logits[1] != 1;
        Metadata(session.InputMetadata, DecoderNames.InputIds, 2, path);
        Metadata(session.InputMetadata, DecoderNames.AttentionMask, 2, path);
        Ports = [.. session.InputMetadata.Keys.Where(name => name.StartsWith("past_key_values.", StringComparison.Ordinal)).Select(Port)];

        CachePort Port(string past)
        {
            NodeMetadata metadata = Metadata(session.InputMetadata, past, 4, path);
            string present = past.Replace("past_key_values.", "present.", StringComparison.Ordinal);
            Metadata(session.OutputMetadata, present, 4, path);
            CacheType = metadata.ElementDataType;
            Require(metadata.Dimensions[1] > 0 && metadata.Dimensions[3] > 0, $"input '{past}' does not say its heads and head size");
            return new CachePort(past, present, metadata.Dimensions[1], metadata.Dimensions[3]);
        }

        void Require(bool condition, string problem)
        {
            if (!condition)
                throw new CheckpointFormatException(path, problem);
        }
    }

    public InferenceSession Session { get; }

    /// <summary>Gets where keys and values lie.</summary>
    public CacheMemory Memory { get; }

    public GenAiConfig.ModelPart Config { get; }

    /// <summary>Gets the cache inputs, two for each layer with attention.</summary>
    public IReadOnlyList<CachePort> Ports { get; }

    public TensorElementType CacheType { get; private set; } = TensorElementType.Float;

    public bool SharesCache { get; }

    public bool TakesPositions { get; }

    /// <summary>Gets a value indicating whether there are logits at every position, not at the last only.</summary>
    public bool AllLogits { get; }

    /// <summary>Gets the id that begins a text, if there is one.</summary>
    public required int? BeginOfTextId { get; init; }

    /// <summary>Gets the size of the weights that every step reads whole: those that something is multiplied with.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Loads an exported folder.</summary>
    /// <exception cref="CheckpointFormatException">A file is absent, damaged or does not fit the others.</exception>
    public static OnnxDecoder Load(string folder, OnnxSessionOptions options, CancellationToken cancellationToken = default)
    {
        if (FolderDigests.Read(folder) is { } digests)
        {
            foreach (string file in Directory.GetFiles(folder))
                digests.CheckFile(file, cancellationToken);
        }
        GenAiConfig config = GenAiConfig.Read(folder);
        string path = Path.Combine(folder, config.Model.Decoder.Filename);
        ModelProto model = ModelFile.Read(path);
        if (model.Graph.Initializer.FirstOrDefault(tensor => tensor.Name == DecoderNames.CosineCache) is { Dims: [var positions, ..] }
            && positions < config.Model.ContextLength)
            throw new CheckpointFormatException(path,
                $"its rotary tables hold {positions} positions; {GenAiConfig.FileName} promises a context of {config.Model.ContextLength}");
        cancellationToken.ThrowIfCancellationRequested();
        InferenceSession session = OnnxSessions.Open(path, options, cancellationToken);
        try
        {
            return new OnnxDecoder(session, config, folder, options, path)
            {
                WeightBytes = model.ProductBytes(),
                BeginOfTextId = BeginOf(model, config),
            };
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Loads the same folder once more.</summary>
    public OnnxDecoder LoadAgain(CancellationToken cancellationToken) => Load(_folder, _options, cancellationToken);

    /// <summary>Begins a use of the session that lasts over several calls, such as a stream of tokens: it is closed when the last one
    /// ends.</summary>
    /// <exception cref="ObjectDisposedException">The decoder is disposed.</exception>
    public void BeginUse()
    {
        using OpenCalls.Call call = Enter();
        Interlocked.Increment(ref _users);
    }

    /// <summary>Ends such a use.</summary>
    public void EndUse()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        Memory.Dispose();
        Session.Dispose();
    }

    /// <summary>Begins a call into native code.</summary>
    /// <exception cref="ObjectDisposedException">The decoder is disposed.</exception>
    public OpenCalls.Call Enter() => _calls.Enter();

    /// <summary>Lets no further call in, waits for those that are open, and closes the session once nothing uses it.</summary>
    public void Dispose()
    {
        if (_calls.Close())
            EndUse();
    }

    // genai_config.json names one even where the model has none; our own graphs know.
    private static int? BeginOf(ModelProto model, GenAiConfig config)
    {
        if (model.NoteOf(GraphNotes.BeginOfText) is { } note)
            return int.TryParse(note, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < config.Model.VocabSize
                ? id
                : null;
        return model.NoteOf(GraphNotes.Data) is null ? config.Model.BosTokenId : null;
    }

    private static NodeMetadata Metadata(IReadOnlyDictionary<string, NodeMetadata> all, string name, int rank, string path) =>
        all.TryGetValue(name, out NodeMetadata? metadata) && metadata.Dimensions.Length == rank
            ? metadata
            : throw new CheckpointFormatException(path, $"it has no input or output '{name}' of {rank} dimensions");
}
