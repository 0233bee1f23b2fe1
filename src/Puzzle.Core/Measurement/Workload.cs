namespace Puzzle.Measurement;

/// <summary>What the child will be asked to do: costs are measured under it.</summary>
/// <param name="BatchSize">Sequences served together.</param>
/// <param name="PromptTokens">Prompt length of each sequence in tokens.</param>
/// <param name="GeneratedTokens">Tokens generated for each sequence.</param>
public sealed record Workload(int BatchSize, int PromptTokens, int GeneratedTokens)
{
    /// <summary>Gets how weights are stored; 32-bit floats by default.</summary>
    public ElementType WeightType { get; init; } = ElementType.Float32;

    /// <summary>Gets how activations are stored; 32-bit floats by default.</summary>
    public ElementType ActivationType { get; init; } = ElementType.Float32;

    /// <summary>Gets how the KV cache is stored; 32-bit floats by default.</summary>
    public ElementType KeyValueType { get; init; } = ElementType.Float32;

    /// <summary>Gets the tokens of one sequence, prompt and generated.</summary>
    public int SequenceTokens => checked(PromptTokens + GeneratedTokens);

    /// <summary>Gets the tokens of the whole batch, prompt and generated.</summary>
    public long TotalTokens => (long)BatchSize * SequenceTokens;

    /// <summary>Checks that every count is sensible.</summary>
    /// <exception cref="ArgumentException">A count is out of range.</exception>
    public void Validate()
    {
        if (BatchSize <= 0 || PromptTokens <= 0 || GeneratedTokens < 0)
            throw new ArgumentException($"A workload needs a positive batch size and prompt and a non-negative number of generated " +
                $"tokens; got batch {BatchSize}, prompt {PromptTokens}, generated {GeneratedTokens}.");
        if ((long)PromptTokens + GeneratedTokens > int.MaxValue)
            throw new ArgumentException("The workload's sequence length overflows.");
    }
}
