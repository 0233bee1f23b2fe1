using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Native;
using Puzzle.Scoring;

namespace Puzzle.Search.Scoring;

/// <summary>What all scores depend on, whatever is measured.</summary>
internal static class ScoreRecipe
{
    /// <summary>Begins the recipe of scores at a layer. It does not name metrics: a score says which it has.</summary>
    /// <param name="method">How they are computed.</param>
    /// <param name="version">Of the method.</param>
    /// <param name="request">Parent, and what candidates are put beside.</param>
    /// <param name="layer">The candidates' layer, whose own block makes no difference.</param>
    public static Recipe Of(string method, int version, ScoringRequest request, int layer)
    {
        BlockVariant[] others = [.. (request.Beside ?? []).Where(block => block.Layer != layer)];
        return new Recipe(method, version)
            .With("Parent", request.Library.ParentFingerprint)
            .With("ParentType", request.Parent.ElementType)
            .With("Device", DeviceName.Of(request.Parent.Device))
            .With("Beside", others.All(block => block.IsParent) ? null : others.Select(block => block.Id));
    }

    /// <summary>Says what is wrong with a choice to put candidates beside.</summary>
    /// <exception cref="ArgumentException">It has not one block per layer, in order.</exception>
    public static void CheckBeside(ScoringRequest request)
    {
        int layers = request.Parent.Config.Layers;
        if (request.Beside is { } choice && (choice.Count != layers || choice.Where((block, layer) => block.Layer != layer).Any()))
            throw new ArgumentException(
                $"A choice has one block per layer in order; the parent has {layers} layers and {choice.Count} blocks were given.",
                nameof(request));
    }
}
