using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Models;
using Puzzle.Text;
using TorchSharp;

namespace Puzzle.Testing;

/// <summary>What every distiller that heals a child must do. Derive, create the distiller with a few steps, run the tests.</summary>
public abstract class GlobalDistillerConformance : IDisposable
{
    private static readonly PackedTokenDataset Text = TestModel.Windows(24), HeldOut = TestModel.Windows(4, seed: 9);

    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-conformance-").FullName;

    /// <summary>Gets a value indicating whether a stopped training goes on where it was; true by default.</summary>
    protected virtual bool IsResumable => true;

    /// <summary>Creates the distiller. About ten steps of two windows each are enough.</summary>
    protected abstract IDistiller<GlobalDistillationRequest, GlobalDistillationResult> CreateDistiller();

    /// <summary>The child learns, its curve is whole, and the parent is left as it was.</summary>
    [Fact]
    public async Task DistillAsync_Child_IsTrainedInPlace()
    {
        using CausalLanguageModel parent = TestModel.Create(), child = Child();
        string before = TestModel.Digest(child), weights = TestModel.Digest(parent);

        GlobalDistillationResult result = await CreateDistiller().DistillAsync(Request(parent, child, null));

        Assert.NotEmpty(result.Curve);
        Assert.Equal(Enumerable.Range(0, result.Curve.Count), result.Curve.Select(record => record.Step));
        Assert.All(result.Curve, record => Assert.True(double.IsFinite(record.Loss)));
        Assert.NotEqual(before, TestModel.Digest(child));
        Assert.Equal(weights, TestModel.Digest(parent));
    }

    /// <summary>The same inputs make the same child to the last bit.</summary>
    [Fact]
    public async Task DistillAsync_SameInputs_MakesTheSameBits()
    {
        using CausalLanguageModel parent = TestModel.Create(), one = Child(), other = Child();

        GlobalDistillationResult first = await CreateDistiller().DistillAsync(Request(parent, one, null));
        GlobalDistillationResult second = await CreateDistiller().DistillAsync(Request(parent, other, null));

        Assert.Equal(first.Curve, second.Curve);
        Assert.Equal(TestModel.Digest(one), TestModel.Digest(other));
    }

    /// <summary>Stopped after a few steps and run again, it makes what an uninterrupted run makes.</summary>
    [Fact]
    public async Task DistillAsync_StoppedAndRunAgain_EqualsUninterrupted()
    {
        if (!IsResumable)
            return;
        using CausalLanguageModel parent = TestModel.Create(), whole = Child(), stopped = Child(), resumed = Child();
        GlobalDistillationResult expected = await CreateDistiller().DistillAsync(Request(parent, whole, "whole"));
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CreateDistiller().DistillAsync(
            Request(parent, stopped, "stopped"), new CancelAfter(3, cancellation), cancellation.Token));
        GlobalDistillationResult actual = await CreateDistiller().DistillAsync(Request(parent, resumed, "stopped"));

        Assert.Equal(expected.Curve, actual.Curve);
        Assert.Equal(TestModel.Digest(whole), TestModel.Digest(resumed));
    }

    /// <summary>A distillation that is canceled before it begins leaves the child as it was.</summary>
    [Fact]
    public async Task DistillAsync_Canceled_Throws()
    {
        using CausalLanguageModel parent = TestModel.Create(), child = Child();
        string before = TestModel.Digest(child);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CreateDistiller().DistillAsync(
            Request(parent, child, null), cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(before, TestModel.Digest(child));
    }

    /// <summary>A child of another vocabulary is refused.</summary>
    [Fact]
    public async Task DistillAsync_OtherVocabulary_Throws()
    {
        using CausalLanguageModel parent = TestModel.Create();
        using CausalLanguageModel child = TestModel.Create(TestModel.Config() with { VocabularySize = TestModel.VocabularySize + 3 });

        await Assert.ThrowsAnyAsync<ArgumentException>(() => CreateDistiller().DistillAsync(Request(parent, child, null)));
    }

    /// <summary>What results depend on is said in one line, the same for two distillers of the same settings.</summary>
    [Fact]
    public void Settings_AreOneLine() => SettingsCheck.Check(CreateDistiller().Settings, CreateDistiller().Settings);

    /// <summary>The distiller can be the one that a run uses.</summary>
    [Fact]
    public void UseDistiller_ResolvesIt() => RegistrationCheck.Check(
        builder => builder.UseDistiller(_ => CreateDistiller()), CreateDistiller());

    /// <summary>Deletes the training states.</summary>
    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    // The parent without the attention of its middle layer.
    private static CausalLanguageModel Child()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using CausalLanguageModel parent = TestModel.Create();
        var weights = parent.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        ModelConfig config = parent.Config with
        {
            Architecture = new Architecture(((string[])["gqa-4/48", "noop/48", "gqa-4/48"]).Select(BlockConfig.Parse)),
        };
        return CausalLanguageModel.Create(config, name => weights[name].clone());
    }

    private GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child, string? state) => new(
        new(parent, "parent"), Text, new(child, "child"), HeldOut, state is null ? null : Path.Combine(_folder, state));

    private sealed class CancelAfter(int steps, CancellationTokenSource cancellation) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Completed >= steps)
                cancellation.Cancel();
        }
    }
}
