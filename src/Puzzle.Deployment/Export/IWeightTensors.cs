namespace Puzzle.Deployment.Export;

/// <summary>Puts weights into a graph; asked twice for one, it stores it once. Where no other is said, a name may be a
/// <see cref="JoinedName"/>.</summary>
internal interface IWeightTensors
{
    /// <summary>Adds a vector or matrix of the graph's floating-point type.</summary>
    /// <param name="name">The weight's whole name.</param>
    /// <param name="shape">Its shape: [n] or [out, in].</param>
    /// <returns>The tensor's name.</returns>
    string Floats(string name, params ReadOnlySpan<long> shape);

    /// <summary>Adds two weights of one shape as one, their rows (of biases, their numbers) in turns.</summary>
    /// <param name="first">The whole name of the weight whose rows are the even ones.</param>
    /// <param name="second">The other's.</param>
    /// <param name="shape">The shape of both together.</param>
    /// <returns>The tensor's name.</returns>
    string Alternating(string first, string second, params ReadOnlySpan<long> shape);

    /// <summary>Adds a matrix [out, in] of the graph's floating-point type as [in, out].</summary>
    /// <param name="name">The weight's whole name.</param>
    /// <param name="rows">Out.</param>
    /// <param name="columns">In.</param>
    /// <returns>The tensor's name.</returns>
    string Transposed(string name, int rows, int columns);

    /// <summary>Adds a block-quantized matrix.</summary>
    /// <param name="name">The weight's whole name.</param>
    /// <param name="rows">Out.</param>
    /// <param name="columns">In.</param>
    QuantizedMatrix Quantized(string name, int rows, int columns);
}
