namespace Puzzle.Distillation.Blockwise;

/// <summary>The part of the text whose activations are at hand at once: some batches to train on, and all held-out ones after
/// them.</summary>
/// <param name="First">The first batch to train on.</param>
/// <param name="Count">The number of batches to train on.</param>
/// <param name="TrainingBatches">The batches to train on in all.</param>
/// <param name="HeldOutBatches">The batches that are not trained on; after the training batches in the text.</param>
internal readonly record struct TextPass(int First, int Count, int TrainingBatches, int HeldOutBatches)
{
    /// <summary>Gets a value indicating whether this is all of the text.</summary>
    public bool IsWhole => Count == TrainingBatches;

    /// <summary>Gets the batches in the order of their activations.</summary>
    public IEnumerable<int> Batches => Enumerable.Range(First, Count).Concat(Enumerable.Range(TrainingBatches, HeldOutBatches));

    /// <summary>Gets the part after this one; after the last, the first again.</summary>
    /// <param name="most">The most batches of a part.</param>
    public TextPass Next(int most)
    {
        int first = First + Count < TrainingBatches ? First + Count : 0;
        return this with { First = first, Count = Math.Min(most, TrainingBatches - first) };
    }
}
