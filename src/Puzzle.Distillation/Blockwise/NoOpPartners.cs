namespace Puzzle.Distillation.Blockwise;

/// <summary>Beside which no-ops variants are trained as well, to make up for what is gone there.</summary>
public enum NoOpPartners
{
    /// <summary>None: beside a no-op stands the variant that was trained beside the parent's other half.</summary>
    None,

    /// <summary>FFN variants, the parent's own width included, are trained beside no attention.</summary>
    Attention,

    /// <summary>So they are, and attention variants, the parent's own included, are trained beside no FFN.</summary>
    Both,
}
