using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Fusion;

/// <summary>
/// How much FFNs of one run depend on each other ("FFN Fusion: Rethinking Sequential Computation in Large Language Models", 2025): the mean
/// over tokens of the cosine distance between what a layer's FFN adds to the residual stream and what it adds when an earlier one of the
/// run is left out. 0 is no dependency, 2 the most.
/// </summary>
/// <param name="Layers">The run's layers, 0-based, in order.</param>
/// <param name="Distances">For each of them the distances from the earlier ones, in order: the first has none, the last all but
/// itself.</param>
public sealed record FfnDependency(IReadOnlyList<int> Layers, IReadOnlyList<IReadOnlyList<double>> Distances)
{
    // Of a contribution that is not finite nothing can be said, so it counts as opposite.
    private const double Most = 2;

    /// <summary>Measures every run of a model.</summary>
    /// <param name="model">The model, resident; not changed.</param>
    /// <param name="text">The text, as the model's tokens.</param>
    /// <param name="workers">Windows computed side by side; one per processor if null. The result does not depend on it.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    /// <returns>One for each run of two or more gated FFNs without attention between them; empty if there is none.</returns>
    /// <exception cref="InvalidOperationException">The model is streamed.</exception>
    public static IReadOnlyList<FfnDependency> Measure(
        CausalLanguageModel model, PackedTokenDataset text, int? workers = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        VocabularyCheck.Require("The text", text.VocabularySize, model.Config, nameof(text));
        IReadOnlyList<IReadOnlyList<int>> runs = FfnRuns.Of(model.Config.Architecture);
        if (runs.Count == 0)
            return [];
        var sums = new double[text.Count][];
        int side = TorchWorkers.On(model.Device, workers ?? TorchWorkers.Default);
        TorchWorkers.ForEach(side, [.. Enumerable.Range(0, text.Count)], window =>
        {
            using var noGradients = no_grad();
            sums[window] = HostRead.Scalars("FFN dependency", Sums(model, runs, TokenBatch.OfWindows(text, [window], model.Device)));
        }, cancellationToken);
        double tokens = (double)text.Count * text.SequenceLength;
        double[] means = [.. Enumerable.Range(0, sums[0].Length).Select(pair => sums.Sum(window => window[pair]) / tokens)];
        var rest = new Queue<double>(means.Select(mean => double.IsFinite(mean) ? Math.Clamp(mean, 0, Most) : Most));
        return [.. runs.Select(run => new FfnDependency(
            run, [.. run.Select((_, later) => (IReadOnlyList<double>)[.. Enumerable.Range(0, later).Select(_ => rest.Dequeue())])]))];
    }

    /// <summary>Gives the largest distance of a part of the run: of any of its layers from any earlier one of the part.</summary>
    /// <param name="first">The part's first layer, as a place in <see cref="Layers"/>.</param>
    /// <param name="last">Its last.</param>
    public double Largest(int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        double largest = 0;
        for (int later = first + 1; later <= last; later++)
            largest = Math.Max(largest, Distances[later].Skip(first).Max());
        return largest;
    }

    /// <summary>Gives the summed distances of one window, run by run, later layer by later layer, earlier by earlier.</summary>
    private static List<Tensor> Sums(CausalLanguageModel model, IReadOnlyList<IReadOnlyList<int>> runs, Tensor ids)
    {
        RotaryTable rotary = model.Rotary.At(0, (int)ids.size(1));
        Tensor hidden = model.EmbedKnown(ids);
        var sums = new List<Tensor>();
        for (int layer = 0; layer < model.Config.Layers; layer++)
        {
            TransformerBlock block = model.Blocks[layer];
            hidden = block.Attention.Forward(hidden, rotary);
            if (runs.FirstOrDefault(run => run[0] == layer) is { } run)
                sums.AddRange(OfRun([.. run.Select(member => model.Blocks[member].Ffn)], hidden, rotary));
            hidden = block.Ffn.Forward(hidden, rotary);
        }
        return sums;
    }

    private static IEnumerable<Tensor> OfRun(Subblock[] ffns, Tensor input, RotaryTable rotary)
    {
        var inputs = new Tensor[ffns.Length];
        var added = new Tensor[ffns.Length];
        for (int place = 0; place < ffns.Length; place++)
        {
            inputs[place] = input;
            input = ffns[place].Forward(input, rotary);
            added[place] = Difference(input, inputs[place]);
        }
        var distances = new Tensor[ffns.Length, ffns.Length];
        for (int without = 0; without < ffns.Length; without++)
        {
            Tensor other = inputs[without];
            for (int later = without + 1; later < ffns.Length; later++)
            {
                using var scope = NewDisposeScope();
                Tensor next = ffns[later].Forward(other, rotary);
                distances[later, without] = Distance(added[later], Difference(next, other)).MoveToOuterDisposeScope();
                other = next.MoveToOuterDisposeScope();
            }
        }
        return from later in Enumerable.Range(0, ffns.Length) from earlier in Enumerable.Range(0, later) select distances[later, earlier];
    }

    private static Tensor Difference(Tensor after, Tensor before) => after.to(ScalarType.Float32) - before.to(ScalarType.Float32);

    private static Tensor Distance(Tensor one, Tensor other) =>
        nn.functional.cosine_similarity(one, other, dim: -1).to(ScalarType.Float64).neg().add(Scalars.One, Scalars.One).sum();
}
