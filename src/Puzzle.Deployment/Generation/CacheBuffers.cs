using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Puzzle.Deployment.Generation;

/// <summary>
/// The keys and values of a batch. Where the graph appends in place, each is one buffer that is input and output of every step; else a step's
/// outputs are the next one's inputs.
/// </summary>
internal sealed class CacheBuffers : IDisposable
{
    private readonly IReadOnlyList<CachePort> _ports;
    private readonly bool _shared;
    private readonly List<OrtValue> _buffers = [];
    private IDisposableReadOnlyCollection<OrtValue>? _present;

    /// <summary>Allocates what is needed.</summary>
    /// <param name="ports">The graph's cache inputs.</param>
    /// <param name="type">Their element type.</param>
    /// <param name="shared">Whether the graph appends in place.</param>
    /// <param name="batch">Sequences B.</param>
    /// <param name="tokens">The capacity where the graph appends in place; else the tokens that are there from the start, all zero.</param>
    public CacheBuffers(IReadOnlyList<CachePort> ports, TensorElementType type, bool shared, int batch, int tokens)
    {
        (_ports, _shared) = (ports, shared);
        foreach (CachePort port in ports)
        {
            OrtValue buffer = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, [batch, port.Heads, tokens, port.HeadSize]);
            if (tokens > 0)
                buffer.GetTensorMutableRawData().Clear();
            _buffers.Add(buffer);
        }
    }

    /// <summary>Binds inputs and outputs for the first step.</summary>
    public void Bind(OrtIoBinding binding)
    {
        for (int i = 0; i < _ports.Count; i++)
        {
            binding.BindInput(_ports[i].Past, _buffers[i]);
            if (_shared)
                binding.BindOutput(_ports[i].Present, _buffers[i]);
            else
                binding.BindOutputToDevice(_ports[i].Present, OrtMemoryInfo.DefaultInstance);
        }
    }

    /// <summary>Makes a step's outputs the next one's inputs.</summary>
    /// <param name="binding">The binding that was run.</param>
    public void Advance(OrtIoBinding binding)
    {
        if (_shared || _ports.Count == 0)
            return;
        IDisposableReadOnlyCollection<OrtValue> outputs = binding.GetOutputValues();
        Dictionary<string, OrtValue> byName = binding.GetOutputNames().Zip(outputs).ToDictionary(output => output.First, output => output.Second, StringComparer.Ordinal);
        foreach (CachePort port in _ports)
        {
            binding.BindInput(port.Past, byName[port.Present]);
            binding.BindOutputToDevice(port.Present, OrtMemoryInfo.DefaultInstance);
        }
        _present?.Dispose();
        _present = outputs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _present?.Dispose();
        _buffers.ForEach(buffer => buffer.Dispose());
    }
}
