using Puzzle.Text;

namespace Puzzle.Distillation.Blockwise;

/// <summary>Which width each step of a nested unit trains: in every round of steps each width once, in an order drawn for the round. The
/// draw depends on the layer and the step alone.</summary>
/// <param name="widths">The number of widths.</param>
/// <param name="layer">The layer, 0-based.</param>
internal sealed class NestedSteps(int widths, int layer)
{
    /// <summary>Gives the place of the width that a step trains.</summary>
    public int PlaceAt(int step) => WindowOrder.Create(widths, (ulong)layer, step / widths).Windows[step % widths];
}
