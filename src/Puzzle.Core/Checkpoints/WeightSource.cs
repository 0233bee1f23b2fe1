using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Gives the weight of a name; the caller owns the tensor.</summary>
/// <param name="name">The name asked for, relative to the layer for a subblock, whole for a model.</param>
public delegate Tensor WeightSource(string name);
