using Microsoft.ML.OnnxRuntime;
using Puzzle.Deployment.Generation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>A stack's graph, loaded, with inputs for prefill and for decode. Without a part it is the empty run that others' times are corrected by.</summary>
internal sealed class OnnxStack : IProfiledStack
{
    private readonly StackPart? _part;
    private readonly int _copies;
    private readonly InferenceSession _session;
    private readonly StackRun _prefill;
    private readonly StackRun _decode;

    public OnnxStack(StackBench bench, StackPart? part)
    {
        _part = part;
        _copies = part is null ? 0 : bench.CopiesOf(part);
        _session = OnnxSessions.Open(StackGraph.Write(bench, part), bench.Session);
        _prefill = new StackRun(_session, bench, part, tokens: bench.Workload.PromptTokens, past: 0);
        _decode = new StackRun(_session, bench, part, tokens: 1, past: bench.DecodeContext);
    }

    public void Prefill() => _prefill.Run();

    public void Decode() => _decode.Run();

    // What it costs to run a graph at all belongs to the part outside the blocks.
    public double PerCopy(double milliseconds, double empty)
    {
        double copy = Math.Max(0, milliseconds - empty) / _copies;
        return _part!.IsNonBlock ? copy + empty : copy;
    }

    public void Dispose()
    {
        _prefill.Dispose();
        _decode.Dispose();
        _session.Dispose();
    }
}
