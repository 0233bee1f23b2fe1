namespace Puzzle.Measurement;

/// <summary>A workload's request to one model, in two parts, made to one or more copies of it in turn.</summary>
internal interface IWholeModelRequest : IDisposable
{
    /// <summary>Gets how many copies of the model a call runs.</summary>
    int Copies { get; }

    /// <summary>Processes the prompt.</summary>
    void Prefill();

    /// <summary>Generates every token after the prompt that was processed last.</summary>
    void Decode();
}
