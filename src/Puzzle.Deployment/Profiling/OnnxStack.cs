using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>A stack's graphs, loaded: one for prefill and, of more copies, one for decode. Without a part it is the empty run that others'
/// times are corrected by.</summary>
internal sealed class OnnxStack : IProfiledStack
{
    private readonly StackPart? _part;
    private readonly StackRun _prefill;
    private readonly StackRun _decode;

    public OnnxStack(StackBench bench, StackPart? part, CancellationToken cancellationToken)
    {
        _part = part;
        _prefill = new StackRun(
            bench, part, bench.PrefillCopiesOf(part), tokens: bench.Workload.PromptTokens, past: 0, cancellationToken);
        try
        {
            _decode = new StackRun(
                bench, part, bench.DecodeCopiesOf(part), tokens: 1, past: bench.DecodeContext, cancellationToken);
        }
        catch
        {
            _prefill.Dispose();
            throw;
        }
    }

    public void Prefill() => _prefill.Run();

    public void Decode() => _decode.Run();

    // What it costs to run a graph at all belongs to the part outside the blocks.
    public double PerCopy(double milliseconds, double empty, bool decoding)
    {
        double copy = Math.Max(0, milliseconds - empty) / (decoding ? _decode : _prefill).Copies;
        return _part!.IsNonBlock ? copy + empty : copy;
    }

    public void Dispose()
    {
        _prefill.Dispose();
        _decode.Dispose();
    }
}
