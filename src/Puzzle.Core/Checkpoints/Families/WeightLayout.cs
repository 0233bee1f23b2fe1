using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

/// <summary>How some weights of a layer lie in checkpoint files. Names are relative to the layer.</summary>
internal abstract record WeightLayout
{
    /// <summary>Gets the weights it is about, by their names in <see cref="WeightNames"/>.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Says where one of the weights is stored.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shapes">The shapes of all <see cref="Names"/>, in their order.</param>
    /// <param name="isStored">Tells whether the files have a tensor of some name.</param>
    public abstract StoredWeight Locate(string name, IReadOnlyList<WeightShape> shapes, Func<string, bool> isStored);

    /// <summary>Lists the tensors to store for the weights.</summary>
    /// <param name="shapes">The shapes of all <see cref="Names"/>, in their order.</param>
    public abstract IEnumerable<StoredTensor> Store(IReadOnlyList<WeightShape> shapes);
}
