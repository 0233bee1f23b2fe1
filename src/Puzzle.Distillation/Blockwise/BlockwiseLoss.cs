namespace Puzzle.Distillation.Blockwise;

/// <summary>How far a block's output is from the parent's: a squared error over the parent's own square, taken over what and averaged
/// how.</summary>
public enum BlockwiseLoss
{
    /// <summary>One ratio over the whole batch, MSE(parent, child) / MSE(parent, 0): the paper's (section 3). Large vectors weigh
    /// most.</summary>
    Batch,

    /// <summary>The mean of each sequence's ratio.</summary>
    PerSequence,

    /// <summary>The mean of each token's ratio: every token weighs the same, however large its vector.</summary>
    PerToken,
}
