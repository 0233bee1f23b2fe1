using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Fusion;

/// <summary>
/// Makes one wide FFN of several that follow each other without attention between them ("FFN Fusion: Rethinking Sequential Computation in
/// Large Language Models", 2025). FFNs that depend little on each other may as well all read the stream as it is before the first of them:
/// x + F1(x) + F2(x) + ... Their concatenation computes exactly that, with fewer and larger products.
/// </summary>
public static class FfnFusion
{
    /// <summary>Says why no FFNs of a model can be concatenated exactly; null if they can.</summary>
    /// <param name="config">The model's shape.</param>
    public static string? WhyNot(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        // A norm of each output is no part of a sum of outputs.
        return config.Norms.HasAfter ? "the family has norms behind its FFNs" : null;
    }

    /// <summary>Measures a model's runs of FFNs and chooses what to fuse: from the first of each run on, as many as stay below the
    /// threshold in every pair and within the width.</summary>
    /// <param name="model">The model, resident; not changed.</param>
    /// <param name="text">The text that dependencies are measured on, as the model's tokens.</param>
    /// <param name="options">Threshold, width and windows; the defaults if null.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The model is streamed.</exception>
    public static FusedFfns Choose(
        CausalLanguageModel model, PackedTokenDataset text, FfnFusionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        options = OptionsCheck.Valid(options);
        if (WhyNot(model.Config) is { } reason)
            return new FusedFfns([], []) { Reason = reason };
        IReadOnlyList<FfnDependency> dependencies = FfnDependency.Measure(
            model, text.Spread(options.Windows), cancellationToken: cancellationToken);
        return new FusedFfns(
            dependencies, [.. dependencies.SelectMany(dependency => GroupsOf(dependency, model.Config.Architecture, options))])
        {
            Reason = dependencies.Count == 0 ? "no two FFNs follow each other without attention between them" : null,
        };
    }

    /// <summary>Builds the model whose groups are fused.</summary>
    /// <param name="model">The model; not changed. The new one shares the memory of the weights that stay, and either may be disposed
    /// first.</param>
    /// <param name="fused">What to fuse.</param>
    /// <returns>A model of the same number of layers and the same element type; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The groups are not of this model, or its FFNs cannot be concatenated.</exception>
    public static CausalLanguageModel Apply(CausalLanguageModel model, FusedFfns fused)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(fused);
        Check(model.Config, fused);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        foreach (FfnGroup group in fused.Groups)
        {
            WideFfn wide = new(model.Config.Norms, [.. group.Layers.Select(layer => model.Blocks[layer].Ffn.Weights)]);
            foreach (WeightShape weight in WeightNames.Ffn(model.Config, new GatedFfnConfig(group.Width)))
                weights[WeightNames.LayerPrefix(group.Layers[^1]) + weight.Name] = wide[weight.Name].to(model.ElementType);
        }
        ModelConfig config = model.Config with { Architecture = fused.ArchitectureOf(model.Config.Architecture) };
        return CausalLanguageModel.Create(config, name => weights[name].detach());
    }

    private static IEnumerable<FfnGroup> GroupsOf(FfnDependency dependency, Architecture architecture, FfnFusionOptions options)
    {
        int[] widths = [.. dependency.Layers.Select(layer => ((GatedFfnConfig)architecture[layer].Ffn).IntermediateSize)];
        int count = widths.Length - (options.KeepLast ? 1 : 0);
        for (int first = 0, next; first < count; first = next)
        {
            long width = widths[first];
            for (next = first + 1; next < count && Joins(first, next, width + widths[next]); next++)
                width += widths[next];
            if (next - first > 1)
                yield return new FfnGroup(
                    [.. dependency.Layers.Skip(first).Take(next - first)], (int)width, dependency.Largest(first, next - 1));
        }

        bool Joins(int first, int next, long width) =>
            width <= (options.MaxWidth ?? int.MaxValue) && dependency.Largest(first, next) < options.Threshold;
    }

    private static void Check(ModelConfig config, FusedFfns fused)
    {
        if (fused.Groups.Count > 0 && WhyNot(config) is { } reason)
            throw new ArgumentException($"FFNs cannot be fused: {reason}.", nameof(fused));
        int[] layers = [.. fused.Groups.SelectMany(group => group.Layers)];
        if (layers.Distinct().Count() != layers.Length)
            throw new ArgumentException("A layer is in two groups.", nameof(fused));
        IReadOnlyList<IReadOnlyList<int>> runs = FfnRuns.Of(config.Architecture);
        foreach (FfnGroup group in fused.Groups)
        {
            bool isOfRun = runs.Any(run => Enumerable.Range(0, run.Count).Any(
                first => run.Skip(first).Take(group.Layers.Count).SequenceEqual(group.Layers)));
            long width = !isOfRun ? 0 : group.Layers.Sum(layer => (long)((GatedFfnConfig)config.Architecture[layer].Ffn).IntermediateSize);
            if (group.Layers.Count < 2 || width != group.Width)
                throw new ArgumentException(
                    $"Layers {string.Join(", ", group.Layers)} are no run of FFNs of {group.Width} channels.", nameof(fused));
        }
    }
}
