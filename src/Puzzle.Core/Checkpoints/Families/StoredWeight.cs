using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Families;

/// <summary>Where a weight is stored.</summary>
/// <param name="Weight">Its name and shape.</param>
/// <param name="Parts">What to read. Without <paramref name="Join"/>, the parts' elements in a row are the weight's.</param>
/// <param name="Join">Makes the weight from the parts, inside a dispose scope; null where nothing needs to be moved.</param>
internal sealed record StoredWeight(WeightShape Weight, IReadOnlyList<StoredPart> Parts, Func<IReadOnlyList<Tensor>, Tensor>? Join = null);
