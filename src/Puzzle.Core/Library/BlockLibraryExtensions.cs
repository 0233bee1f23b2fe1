using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Library;

/// <summary>Turns library variants into running subblocks and models.</summary>
public static class BlockLibraryExtensions
{
    /// <summary>Loads a variant's subblock; the caller owns it. The parent's own subblocks share the parent's memory.</summary>
    /// <param name="library">The library.</param>
    /// <param name="variant">A variant of this library.</param>
    /// <param name="parent">The parent; must outlive the subblock.</param>
    public static Subblock LoadSubblock(this IBlockLibrary library, SubblockVariant variant, CausalLanguageModel parent)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(variant);
        ArgumentNullException.ThrowIfNull(parent);
        return Load(library, variant, parent, parent.ElementType);
    }

    private static Subblock Load(IBlockLibrary library, SubblockVariant variant, CausalLanguageModel parent, ScalarType type)
    {
        (int layer, SubblockKind kind, string config, _) = variant.Key;
        if (variant.IsParent)
        {
            // The detached weights keep their memory when the lease ends.
            using BlockLease lease = parent.Borrow(layer);
            TransformerBlock block = lease.Block;
            IReadOnlyDictionary<string, Tensor> own = (kind == SubblockKind.Attention ? block.Attention : block.Ffn).Weights;
            return Create(name => own[name].detach().to(type));
        }
        using var scope = NewDisposeScope();
        IReadOnlyDictionary<string, Tensor> stored = library.ReadWeights(variant);
        return Create(name => stored[name].to(type).to(parent.Device));

        Subblock Create(WeightSource weights) => kind == SubblockKind.Attention
            ? TransformerBlock.CreateAttention(parent.Config, AttentionConfig.Parse(config), weights)
            : TransformerBlock.CreateFfn(parent.Config, FfnConfig.Parse(config), weights);
    }

    /// <summary>Builds the child that has the given variant in each layer, and the parent's embedding, final norm and head. It owns copies
    /// of all weights.</summary>
    /// <param name="library">The library.</param>
    /// <param name="blocks">One variant per layer, layer 0 first.</param>
    /// <param name="parent">The parent.</param>
    /// <param name="type">The type of the child's weights; the parent's if null. A child to train is one of 32-bit floats, whatever its
    /// parent is kept in.</param>
    /// <param name="cancellationToken">Stops between weights.</param>
    public static CausalLanguageModel Assemble(
        this IBlockLibrary library, IReadOnlyList<BlockVariant> blocks, CausalLanguageModel parent, ScalarType? type = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(parent);
        if (blocks.Count != parent.Config.Layers)
            throw new ArgumentException($"{blocks.Count} blocks were given for {parent.Config.Layers} layers.", nameof(blocks));

        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, Tensor weight) in parent.OuterWeights)
            weights.Add(name, weight);
        var loaded = new List<Subblock>();
        try
        {
            for (int layer = 0; layer < blocks.Count; layer++)
            {
                foreach (SubblockVariant variant in new[] { blocks[layer].Attention, blocks[layer].Ffn })
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Subblock subblock = Load(library, variant, parent, type ?? parent.ElementType);
                    loaded.Add(subblock);
                    foreach ((string name, Tensor weight) in subblock.Weights)
                        weights.Add(WeightNames.LayerPrefix(layer) + name, weight);
                }
            }
            ModelConfig config = parent.Config with { Architecture = new Architecture(blocks.Select(block => block.Config)) };
            return CausalLanguageModel.Create(config, name =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return weights[name].detach().to(type ?? parent.ElementType, copy: true);
            });
        }
        finally
        {
            loaded.ForEach(subblock => subblock.Dispose());
        }
    }

    /// <summary>Says why a variant has to be made although the library has one of its kind: how their recipes differ.</summary>
    /// <param name="library">The library.</param>
    /// <param name="key">What is to be made.</param>
    /// <param name="recipe">How.</param>
    /// <returns>The differences from the most similar recipe, see <see cref="Recipe.Explain"/>; empty where the library has none to
    /// compare.</returns>
    public static IReadOnlyList<string> Explain(this IBlockLibrary library, SubblockKey key, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(recipe);
        return library.Variants.Where(variant => variant.Key == key && variant.Recipe != recipe.Fingerprint)
            .Select(variant => library.FindRecipe(variant.Recipe)).OfType<Recipe>()
            .Select(recipe.Explain).MinBy(differences => differences.Count) ?? [];
    }

    /// <summary>
    /// Copies the variants of another library of the same parent, for example one that another process crafted other layers into.
    /// What is there already stays; a damaged variant is left out, and so are scores.
    /// </summary>
    /// <param name="library">The library to copy into.</param>
    /// <param name="other">The library to copy from.</param>
    /// <param name="cancellationToken">Stops between variants; what was copied stays.</param>
    /// <returns>The variants copied.</returns>
    /// <exception cref="InvalidOperationException">The other library belongs to another parent.</exception>
    public static IReadOnlyList<SubblockVariant> CopyFrom(
        this IBlockLibrary library, IBlockLibrary other, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(other);
        if (other.ParentFingerprint != library.ParentFingerprint)
            throw new InvalidOperationException($"The block library to copy belongs to another parent: its fingerprint is " +
                $"{other.ParentFingerprint}; expected {library.ParentFingerprint}.");
        var copied = new List<SubblockVariant>();
        foreach (SubblockVariant listed in other.Variants)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (library.Find(listed.Key, listed.Recipe) is not null || other.Find(listed.Key, listed.Recipe) is not { } variant)
                continue;
            using var scope = NewDisposeScope();
            if (other.FindRecipe(variant.Recipe) is { } recipe)
                library.AddRecipe(recipe);
            copied.Add(
                library.Add(variant.Key, variant.Recipe, other.ReadWeights(variant), other.ReadCurve(variant), other.ReadStart(variant)));
        }
        return copied;
    }
}
