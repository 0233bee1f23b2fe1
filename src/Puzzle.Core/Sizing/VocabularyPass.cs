namespace Puzzle.Sizing;

/// <summary>What a chunk of tokens makes of a vocabulary, in bytes.</summary>
/// <param name="vocabulary">V</param>
/// <param name="rows">The tokens of a chunk.</param>
internal sealed class VocabularyPass(int vocabulary, long rows)
{
    // Logits and log-probabilities of the candidate; of their KL exp, difference, product, and the product in 64 bits.
    private const int MetricForms = 7;

    // The parent's logits and log-probabilities, where they are not kept.
    private const int ParentForms = 2;

    // Logits, cooled ones and log-probabilities of child and parent; exp of the parent's; gradients on their way through the child's three.
    private const int LossForms = 10;

    private long Form => checked(rows * vocabulary * sizeof(float));

    /// <summary>Gives the bytes of metrics beside a parent.</summary>
    /// <param name="hasParent">Whether the parent's outputs are kept.</param>
    public long MetricBytes(bool hasParent) => (hasParent ? MetricForms : MetricForms + ParentForms) * Form;

    /// <summary>Gives the bytes of a distillation loss and its backward pass, the head's gradient included.</summary>
    /// <param name="hiddenSize">D</param>
    public long LossBytes(int hiddenSize) => checked((LossForms * Form) + ((long)vocabulary * hiddenSize * sizeof(float)));
}
