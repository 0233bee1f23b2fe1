namespace Puzzle.Distillation.Blockwise;

/// <summary>What variants start from.</summary>
public enum Initialization
{
    /// <summary>
    /// The paper's start (appendix A): the channels that contribute most, the mean of key-value heads, products of matrices for linear
    /// replacements.
    /// </summary>
    Paper,

    /// <summary>
    /// Least squares on the parent's activations: channels by backward elimination, key-value heads merged in the coordinates in which
    /// least is lost, linear replacements and output projections by ridge regression. What that does not cover starts as in the paper, and
    /// so does a variant whose held-out block loss is lower that way.
    /// </summary>
    ClosedForm,
}
