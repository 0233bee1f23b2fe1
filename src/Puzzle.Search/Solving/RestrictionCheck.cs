namespace Puzzle.Search.Solving;

/// <summary>Checks a choice against a problem's restrictions, one after another and apart from how solvers keep to them.</summary>
internal static class RestrictionCheck
{
    public static bool AreMet(SearchProblem problem, IReadOnlyList<LayerChoice> choices)
    {
        ChosenVariant[] chosen =
            [.. choices.Select(choice => new ChosenVariant(choice, problem.Layers[choice.Layer][choice.VariantIndex]))];
        return problem.Restrictions.All(restriction => restriction switch
        {
            AllowedVariants allowed => chosen.All(one => allowed.Allows(one.Choice.Layer, one.Variant)),
            ProtectedLayers kept => chosen.All(one => IsKept(kept, one, problem.Layers.Count)),
            TiedLayers tied => AreTied(tied, choices),
            MaximumDistinctFfns distinct => chosen.Select(one => one.Variant.Block!.Ffn).Distinct().Count() <= distinct.Count,
            MaximumChangedLayers changed => ChangedLayers(chosen) <= changed.Count,
            ForbiddenCombination combination => !combination.Choices.All(forbidden => IsMade(forbidden, choices)),
            _ => throw new NotSupportedException($"The restriction {restriction.GetType().Name} is not known."),
        });
    }

    private static bool IsKept(ProtectedLayers kept, ChosenVariant one, int layers)
        => one.Variant.IsParent || (one.Choice.Layer >= kept.First && one.Choice.Layer + one.Variant.Span <= layers - kept.Last);

    private static bool AreTied(TiedLayers tied, IReadOnlyList<LayerChoice> choices) => choices
        .Where(choice => choice.Layer >= tied.First && choice.Layer < tied.First + tied.Count)
        .Select(choice => choice.VariantName)
        .Distinct()
        .Count() <= 1;

    private static int ChangedLayers(ChosenVariant[] chosen) => chosen.Where(one => !one.Variant.IsParent).Sum(one => one.Variant.Span);

    private static bool IsMade(LayerChoice asked, IReadOnlyList<LayerChoice> choices)
        => choices.Any(choice => choice.Layer == asked.Layer && choice.VariantIndex == asked.VariantIndex);

    private readonly record struct ChosenVariant(LayerChoice Choice, SearchVariant Variant);
}
