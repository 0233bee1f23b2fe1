using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Puzzle.Deployment.Generation;

/// <summary>
/// The keys and values of a batch. Where the graph appends in place, each is one buffer that is input and output of every step; else a
/// step's outputs are the next one's inputs.
/// </summary>
internal sealed class CacheBuffers : IDisposable
{
    private readonly IReadOnlyList<CachePort> _ports;
    private readonly CacheMemory _memory;
    private readonly bool _shared;
    private readonly List<OrtValue> _buffers = [];
    private IDisposableReadOnlyCollection<OrtValue>? _afterStart;
    private IDisposableReadOnlyCollection<OrtValue>? _latest;

    /// <summary>Allocates what is needed.</summary>
    /// <param name="memory">Where; not disposed.</param>
    /// <param name="ports">The graph's cache inputs.</param>
    /// <param name="type">Their element type.</param>
    /// <param name="shared">Whether the graph appends in place.</param>
    /// <param name="batch">Sequences B.</param>
    /// <param name="tokens">The capacity where the graph appends in place; else the tokens that are there from the start.</param>
    /// <param name="distinct">How many buffers there are, used by the ports in turn; one for each by default.</param>
    public CacheBuffers(CacheMemory memory, IReadOnlyList<CachePort> ports, TensorElementType type, bool shared, int batch, int tokens,
        int? distinct = null)
    {
        (_memory, _ports, _shared) = (memory, ports, shared);
        foreach (CachePort port in ports.Take(distinct ?? ports.Count))
            _buffers.Add(OrtValue.CreateAllocatedTensorValue(memory.Allocator, type, [batch, port.Heads, tokens, port.HeadSize]));
    }

    /// <summary>Fills buffers of the CPU with zeros: a graph that is fed tokens overwrites whatever it reads, but a cache that is only
    /// pretended needs numbers.</summary>
    public void Clear()
    {
        foreach (OrtValue buffer in _buffers)
            buffer.GetTensorMutableRawData().Clear();
    }

    /// <summary>Binds inputs and outputs for the first step; what later steps made is forgotten.</summary>
    public void Start(OrtIoBinding binding)
    {
        Release();
        for (int i = 0; i < _ports.Count; i++)
        {
            OrtValue buffer = _buffers[i % _buffers.Count];
            binding.BindInput(_ports[i].Past, buffer);
            if (_shared)
                binding.BindOutput(_ports[i].Present, buffer);
            else
                binding.BindOutputToDevice(_ports[i].Present, _memory.Info);
        }
    }

    /// <summary>Makes a step's outputs the next one's inputs.</summary>
    /// <param name="binding">The binding that was run.</param>
    public void Advance(OrtIoBinding binding)
    {
        if (_shared || _ports.Count == 0)
            return;
        IDisposableReadOnlyCollection<OrtValue> outputs = binding.GetOutputValues();
        Continue(binding, outputs);
        if (_afterStart is null)
        {
            _afterStart = outputs;
            return;
        }
        _latest?.Dispose();
        _latest = outputs;
    }

    /// <summary>Goes back to what there was after the first step.</summary>
    /// <param name="binding">The binding.</param>
    public void Rewind(OrtIoBinding binding)
    {
        if (_afterStart is not null)
            Continue(binding, _afterStart);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        _buffers.ForEach(buffer => buffer.Dispose());
    }

    private void Continue(OrtIoBinding binding, IReadOnlyCollection<OrtValue> outputs)
    {
        Dictionary<string, OrtValue> byName = binding.GetOutputNames().Zip(outputs)
            .ToDictionary(output => output.First, output => output.Second, StringComparer.Ordinal);
        foreach (CachePort port in _ports)
        {
            binding.BindInput(port.Past, byName[port.Present]);
            binding.BindOutputToDevice(port.Present, _memory.Info);
        }
    }

    private void Release()
    {
        _afterStart?.Dispose();
        _latest?.Dispose();
        (_afterStart, _latest) = (null, null);
    }
}
