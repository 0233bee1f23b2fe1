using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;

namespace Puzzle.Models;

/// <summary>How a model writes its own training text.</summary>
public sealed class SampledCorpusOptions
{
    /// <summary>Gets or sets what logits are divided by before sampling.</summary>
    /// <value>1 by default: the model's own distribution.</value>
    [Range(0.01, 100)]
    public double Temperature { get; set; } = 1;

    /// <summary>Gets or sets the seed. Text i is drawn from the seed and i, so seeds must lie further apart than the number of texts to
    /// give other ones.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; set; }

    /// <summary>Gets or sets the token ids that every text begins with.</summary>
    /// <value>Null by default: the model's begin-of-text token, else its first end-of-text token.</value>
    public IReadOnlyList<int>? Prompt { get; set; }

    /// <summary>Gets or sets the most tokens to make for a text; fewer where the model holds fewer positions.</summary>
    /// <value>384 by default.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 384;

    /// <summary>Gets or sets the texts made together and stored as one file.</summary>
    /// <value>32 by default.</value>
    [Range(1, 1 << 16)]
    public int TextsPerFile { get; set; } = 32;

    /// <summary>Gets or sets the files made side by side; no part of the result.</summary>
    /// <value>One per processor by default; on a GPU always one.</value>
    [NotInRecipe("A file of texts is written on one thread, whatever others are written beside it.")]
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);
}
