using Puzzle.Pipeline;

namespace Puzzle.EmbeddedInApp;

/// <summary>Where the compression stands; shared by the service that does it and the endpoints that show it.</summary>
public sealed class CompressionJob : IProgress<PuzzleProgress>, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private volatile PuzzleProgress? _last;
    private volatile string _state = "waiting";

    /// <summary>Gets the folder of the finished child; null before.</summary>
    public string? Child { get; private set; }

    public CancellationToken Canceled => _cancellation.Token;

    public void Report(PuzzleProgress value) => (_last, _state) = (value, "running");

    public void Cancel() => _cancellation.Cancel();

    public void Ended(string state, string? child = null) => (Child, _state) = (child, state);

    /// <summary>Gives the state for readers.</summary>
    public object Describe() => new
    {
        state = _state,
        stage = _last?.Stage.ToString(),
        share = _last?.Share,
        detail = _last?.Detail,
        secondsLeftOfStage = _last?.StageTimeLeft?.TotalSeconds,
        secondsLeftOfRun = _last?.RunTimeLeft?.TotalSeconds,
    };

    public void Dispose() => _cancellation.Dispose();
}
