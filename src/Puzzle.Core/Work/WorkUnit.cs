using System.Globalization;
using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Work;

/// <summary>What one process does at once, alone: one variant, one pair of variants or one score. Its result depends on its recipe, not on
/// who does it, when or beside what.</summary>
/// <param name="Id">Its name: the name of the variant's file in a library, without its ending, or what follows from the block's and the
/// score's fingerprints. Letters, digits, dashes and dots.</param>
/// <param name="Layer">The layer, 0-based.</param>
/// <param name="Name">What it is, for readers.</param>
/// <param name="Recipe">The fingerprint of everything that its result depends on.</param>
/// <param name="Operations">Floating-point operations, estimated.</param>
/// <param name="MemoryBytes">The memory of a process that does it and nothing beside it, parent and activations included,
/// estimated.</param>
/// <param name="Seconds">Its part of the time of a process that does many, on the machine where the plan was made, estimated; 0 where
/// nothing was timed.</param>
public sealed record WorkUnit(
    string Id, int Layer, string Name, string Recipe, double Operations, long MemoryBytes, double Seconds = 0)
{
    private const int Digits = 16;

    /// <summary>Gets what shares are balanced by: seconds where they are known, else operations.</summary>
    internal double Cost => Seconds > 0 ? Seconds : Operations;

    /// <summary>Names the making of a variant, or of the pair that it is the attention of.</summary>
    /// <param name="key">What is made.</param>
    /// <param name="recipe">The fingerprint of its recipe.</param>
    /// <exception cref="ArgumentException">The key or the recipe is none.</exception>
    public static string IdOf(SubblockKey key, string recipe) => Path.GetFileNameWithoutExtension(VariantName.Of(key, recipe));

    /// <summary>Names the scoring of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="recipe">The fingerprint of its recipe.</param>
    public static string IdOf(BlockVariant block, string recipe)
    {
        ArgumentNullException.ThrowIfNull(block);
        return string.Create(CultureInfo.InvariantCulture, $"{block.Layer:D2}-score-{Fingerprint.Of(block.Id, recipe)[..Digits]}");
    }
}
