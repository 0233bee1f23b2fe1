using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Global;

/// <summary>The fit in sequence before global distillation.</summary>
public sealed class SequentialFitTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(60), HeldOut = TinyModel.Windows(12, seed: 9);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DistillAsync_Fit_BringsTheChildCloserOnOtherText(bool in16Bits)
    {
        using CausalLanguageModel loud = TinyModel.Loud();
        using CausalLanguageModel parent = ModelReplica.As(loud, in16Bits ? ScalarType.BFloat16 : ScalarType.Float32);
        using CausalLanguageModel child = FitCases.Child(parent), before = FitCases.Child(parent);

        GlobalDistillationResult result = await FitCases.FitAsync(parent, child, Text);

        Assert.Empty(result.Curve);
        Assert.Equal(SequentialFitEnding.Fitted, result.Fit!.Ending);
        Assert.Equal((40, 5, 3), (result.Fit.Windows, result.Fit.GuardWindows, result.Fit.Layers));
        Assert.True(result.Fit.KlAfter < result.Fit.KlBefore);
        double was = ModelEvaluator.Evaluate(before, parent, HeldOut).KlDivergence;
        double became = ModelEvaluator.Evaluate(child, parent, HeldOut).KlDivergence;
        Assert.True(became < 0.9 * was, $"{was} became {became}");
    }

    [Fact]
    public async Task DistillAsync_StreamedParent_FitsAsAResidentOneDoes()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = FitCases.Child(parent), other = FitCases.Child(parent);
        parent.Save(folder["parent"]);
        using CausalLanguageModel streamed = CausalLanguageModel.Open(folder["parent"]);

        GlobalDistillationResult expected = await FitCases.FitAsync(parent, child, Text);
        GlobalDistillationResult result = await FitCases.FitAsync(streamed, other, Text, workers: 1);

        Assert.Equal(expected.Fit, result.Fit);
        ModelWeights.Equal(child, other);
    }

    [Fact]
    public async Task DistillAsync_FitThatHarms_LeavesTheChild()
    {
        // One token over and over says nothing of the text that judges.
        FitText parts = FitText.Choose(Text, 40)!;
        HashSet<string> guard = [.. Enumerable.Range(0, parts.Guard.Count).Select(window => Key(parts.Guard, window))];
        var monotonous = PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, Text.Count).Select(window => guard.Contains(Key(Text, window))
                ? Text[window].ToArray()
                : (IReadOnlyList<int>)[.. Enumerable.Repeat(5, Text.SequenceLength)])],
            TinyModel.Vocabulary);
        using CausalLanguageModel parent = TinyModel.Loud(), child = FitCases.Child(parent), before = FitCases.Child(parent);

        SequentialFit? fit = (await FitCases.FitAsync(parent, child, monotonous)).Fit;

        Assert.Equal(SequentialFitEnding.Kept, fit!.Ending);
        Assert.True(fit.KlAfter > fit.KlBefore);
        ModelWeights.Equal(before, child);

        static string Key(PackedTokenDataset text, int window) => string.Join(' ', text[window].ToArray());
    }

    [Fact]
    public async Task DistillAsync_ResumedAfterTheFit_EqualsAnUninterruptedRunAndFitsNothingAgain()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        using CausalLanguageModel whole = FitCases.Child(parent), stopped = FitCases.Child(parent), resumed = FitCases.Child(parent);
        var distiller = new GlobalDistiller(FitCases.Options(steps: 8));
        GlobalDistillationResult expected = await distiller.DistillAsync(Request(whole, "whole"));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => distiller.DistillAsync(
            Request(stopped, "part"), new ImmediateProgress(update =>
            {
                if (update is { Loss: not null, Completed: 3 })
                    cancellation.Cancel();
            }), cancellation.Token));
        var told = new List<double?>();

        GlobalDistillationResult result = await distiller.DistillAsync(
            Request(resumed, "part"), new ImmediateProgress(update => told.Add(update.Loss)));

        Assert.Equal(SequentialFitEnding.Fitted, expected.Fit!.Ending);
        Assert.Equal(expected.Fit, result.Fit);
        Assert.Equal(expected.Curve, result.Curve);
        Assert.Equal(5, told.Count);
        Assert.DoesNotContain(null, told);
        ModelWeights.Equal(whole, resumed);

        GlobalDistillationRequest Request(CausalLanguageModel child, string state) =>
            new(new(parent, "parent"), Text, new(child, "child"), HeldOut, folder[state]);
    }

    [Fact]
    public async Task DistillAsync_StoppedInTheFit_LeavesTheChildAsItWas()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = FitCases.Child(parent), before = FitCases.Child(parent);
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new GlobalDistiller(FitCases.Options(steps: 8)).DistillAsync(
            new(new(parent, "parent"), Text, new(child, "child"), HeldOut, folder["state"]), new CancelAt(2, cancellation),
            cancellation.Token));

        Assert.False(File.Exists(folder["state"]));
        ModelWeights.Equal(before, child);
    }

    [Fact]
    public async Task DistillAsync_OtherNumberOfWorkers_FitsTheSameBits()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), one = FitCases.Child(parent), three = FitCases.Child(parent);

        Assert.Equal(
            (await FitCases.FitAsync(parent, one, Text, workers: 1)).Fit, (await FitCases.FitAsync(parent, three, Text, workers: 3)).Fit);
        ModelWeights.Equal(one, three);
    }

    [Fact]
    public async Task DistillAsync_NothingToFit_SaysWhyAndLeavesTheChild()
    {
        ModelConfig plain = TinyModel.Config();
        await Skipped(plain with { Norms = new NormFeatures { Placement = NormPlacement.Both } }, Text, "norms");
        await Skipped(plain with { ResidualMultiplier = 0.5 }, Text, "multiplies");
        await Skipped(plain, TinyModel.Windows(32), "32 windows");
        // 33 windows of 2 tokens are less than 11 a feature.
        await Skipped(plain, TinyModel.Windows(60, length: 2), "enough");

        using CausalLanguageModel parent = TinyModel.Loud(), same = TinyModel.Loud();
        SequentialFit? fit = (await FitCases.FitAsync(parent, same, Text)).Fit;
        Assert.Equal(SequentialFitEnding.Skipped, fit!.Ending);
        ModelWeights.Equal(parent, same);

        static async Task Skipped(ModelConfig config, PackedTokenDataset text, string word)
        {
            using CausalLanguageModel parent = TinyModel.Loud(config), child = FitCases.Child(parent), before = FitCases.Child(parent);
            SequentialFit? fit = (await FitCases.FitAsync(parent, child, text)).Fit;
            Assert.Equal(SequentialFitEnding.Skipped, fit!.Ending);
            Assert.Contains(word, fit.Reason, StringComparison.Ordinal);
            ModelWeights.Equal(before, child);
        }
    }

    [Fact]
    public async Task DistillAsync_NoFitWindows_HasNoFit()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = FitCases.Child(parent);

        Assert.Null((await FitCases.FitAsync(parent, child, Text, windows: 0)).Fit);
    }
}
