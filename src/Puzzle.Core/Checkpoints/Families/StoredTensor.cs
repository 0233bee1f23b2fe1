using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Families;

/// <summary>A tensor to store.</summary>
/// <param name="Tensor">Its name in the file, and its shape.</param>
/// <param name="Weights">The names of the weights it holds.</param>
/// <param name="Pack">Makes it from these weights, or their entries, inside a dispose scope; contiguous.</param>
/// <param name="Entry">Which entry of the weights' first dimension it holds; null for all.</param>
internal sealed record StoredTensor(
    WeightShape Tensor, IReadOnlyList<string> Weights, Func<IReadOnlyList<Tensor>, Tensor> Pack, int? Entry = null);
