using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

/// <summary>How a family's checkpoints hold the weights of a layer: by the family's layouts, and as they are where none is about
/// them.</summary>
internal static class FamilyWeights
{
    /// <summary>Says where each weight is stored. Names are relative to the layer.</summary>
    /// <param name="family">The family.</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="isStored">Tells whether the files have a tensor of some name in the layer.</param>
    public static IEnumerable<StoredWeight> Locate(ModelFamily family, IReadOnlyList<WeightShape> weights, Func<string, bool> isStored)
    {
        var shapes = weights.ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        return weights.Select(weight => Find(family, weight.Name) is { } layout
            ? layout.Locate(weight.Name, [.. layout.Names.Select(name => shapes[name])], isStored)
            : new StoredWeight(weight, [new StoredPart(weight)]));
    }

    /// <summary>Lists the tensors to store for a layer's weights, each where the first of its weights stands. Names are relative to the
    /// layer.</summary>
    public static IEnumerable<StoredTensor> Store(ModelFamily family, IReadOnlyList<WeightShape> weights)
    {
        var shapes = weights.ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        foreach (WeightShape weight in weights)
        {
            if (Find(family, weight.Name) is not { } layout)
                yield return new StoredTensor(weight, [weight.Name], made => made[0]);
            else if (layout.Names[0] == weight.Name)
            {
                foreach (StoredTensor tensor in layout.Store([.. layout.Names.Select(name => shapes[name])]))
                    yield return tensor;
            }
        }
    }

    private static WeightLayout? Find(ModelFamily family, string name) =>
        family.Layouts.FirstOrDefault(layout => layout.Names.Contains(name));
}
