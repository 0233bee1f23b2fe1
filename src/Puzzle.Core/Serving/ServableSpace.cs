using Puzzle.Architectures;

namespace Puzzle.Serving;

/// <summary>Search spaces whose children an engine loads, so that a search never ends in a child that cannot be served.</summary>
public static class ServableSpace
{
    /// <summary>Keeps of each layer the alternatives that the engine loads beside the parent's other blocks.</summary>
    /// <param name="parent">The parent's shape.</param>
    /// <param name="space">The search space.</param>
    /// <param name="engine">What will serve the child.</param>
    /// <returns>A space with the parent's own blocks and what is left.</returns>
    /// <exception cref="ArgumentException">The space is of another parent.</exception>
    /// <exception cref="NotSupportedException">The engine cannot load the parent itself, or nothing but the parent.</exception>
    public static SearchSpace Restrict(ModelConfig parent, SearchSpace space, ServingEngine engine)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(space);
        if (!parent.Architecture.Equals(space.Parent))
            throw new ArgumentException("The search space is of another parent.", nameof(space));
        RequireParent(parent, engine);
        var attention = new List<AttentionConfig>[space.Layers];
        var ffn = new List<FfnConfig>[space.Layers];
        string? dropped = null;
        for (int layer = 0; layer < space.Layers; layer++)
        {
            BlockConfig own = parent.Architecture[layer];
            attention[layer] = [.. space.Attention(layer).Where(config => Loads(layer, own with { Attention = config }))];
            ffn[layer] = [.. space.Ffn(layer).Where(config => Loads(layer, own with { Ffn = config }))];
        }
        if (attention.All(configs => configs.Count == 1) && ffn.All(configs => configs.Count == 1) && dropped is not null)
            throw new NotSupportedException($"{engine} loads nothing of the search space but the parent: {dropped}.");
        return new SearchSpace(parent.Architecture, attention, ffn);

        bool Loads(int layer, BlockConfig block)
        {
            string? found = ProblemWith(parent, layer, block, engine);
            dropped ??= found;
            return found is null;
        }
    }

    /// <summary>Requires that an engine loads the parent itself.</summary>
    /// <exception cref="NotSupportedException">It does not.</exception>
    internal static void RequireParent(ModelConfig parent, ServingEngine engine)
    {
        if (ServingRules.ProblemOf(parent, engine) is { } problem)
            throw new NotSupportedException($"{engine} cannot load the parent: {problem}.");
    }

    /// <summary>Says why an engine cannot load a block beside the parent's others; null if it can.</summary>
    internal static string? ProblemWith(ModelConfig parent, int layer, BlockConfig block, ServingEngine engine) => ServingRules.ProblemOf(
        parent with
        {
            Architecture = new Architecture([.. parent.Architecture.Select((own, other) => other == layer ? block : own)]),
        },
        engine) ?? WindowProblem(block, parent.Architecture[layer], engine);

    // A family's config names one window: of several, each may load where it stands alone, and not beside another.
    private static string? WindowProblem(BlockConfig block, BlockConfig own, ServingEngine engine) =>
        engine is ServingEngine.Vllm or ServingEngine.Transformers
        && (block.Attention, own.Attention) is (GroupedQueryAttentionConfig made, GroupedQueryAttentionConfig parent)
        && made.Window != parent.Window
            ? "its layers have the windows that their family's config names"
            : null;

    /// <summary>Lists the engines that load a model.</summary>
    /// <param name="model">The model's shape.</param>
    public static IReadOnlyList<ServingEngine> EnginesOf(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. Enum.GetValues<ServingEngine>().Where(engine => ServingRules.ProblemOf(model, engine) is null)];
    }
}
