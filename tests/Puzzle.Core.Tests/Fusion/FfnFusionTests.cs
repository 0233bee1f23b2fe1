using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Fusion;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Fusion;

/// <summary>One wide FFN computes the sum of those it is made of.</summary>
public sealed class FfnFusionTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(4);

    public static TheoryData<string> Forms => ["llama", "adds one", "gelu", "biases", "multiplier"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Apply_EveryForm_AddsWhatTheFfnsAddSideBySide(string form)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = FusionCases.Create(
            FusionCases.TwoRuns,
            form switch
            {
                "gelu" => new() { Activation = Activation.TanhGelu },
                "biases" => new() { Activation = Activation.ClampedSwish, Bias = true, ClampLimit = 1.5 },
                _ => null,
            },
            addsOne: form == "adds one", multiplier: form == "multiplier" ? 0.4 : 1);

        using CausalLanguageModel fused = FfnFusion.Apply(model, FusionCases.Groups(model, [0, 1, 3]));

        Assert.Equal("gqa-4/noop noop/noop noop/noop noop/96 gqa-2/48 noop/16", fused.Config.Architecture.ToString());
        RotaryTable rotary = model.Rotary.At(0, 16);
        Tensor before = model.Blocks[0].Attention.Forward(model.Embed(TokenBatch.OfWindows(Text, [0], CPU)), rotary);
        Tensor after = fused.Blocks[3].Forward(before, rotary);
        Tensor unchanged = fused.Blocks[2].Forward(fused.Blocks[1].Forward(before, rotary), rotary);
        Assert.Same(before, unchanged);
        for (int token = 0; token < 16; token++)
        {
            double[] stream = FusionCases.Numbers(before[0, token]), found = FusionCases.Numbers(after[0, token]);
            double[] added = FusionCases.Added(model, [0, 1, 3], stream);
            double size = Math.Sqrt(added.Sum(x => x * x));
            for (int i = 0; i < stream.Length; i++)
                Assert.Equal(stream[i] + added[i], found[i], 2e-6 * (size + Math.Abs(stream[i])));
        }
    }

    [Fact]
    public void Apply_NoGroup_GivesTheSameModel()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        string before = Testing.TestModel.Digest(model);

        using CausalLanguageModel same = FfnFusion.Apply(model, new FusedFfns([], []));
        using CausalLanguageModel fused = FfnFusion.Apply(model, FusionCases.Groups(model, [0, 1]));

        Assert.Equal(before, Testing.TestModel.Digest(same));
        Assert.Equal(before, Testing.TestModel.Digest(model));
        Assert.NotEqual(before, Testing.TestModel.Digest(fused));
    }

    [Fact]
    public void Apply_LayersThatDoNotFollowEachOther_AreRefused()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        foreach (int[] layers in new[] { new[] { 0, 3 }, [3, 4], [1], [1, 2], [1, 0] })
            Assert.Throws<ArgumentException>(() => FfnFusion.Apply(model, FusionCases.Groups(model, layers)));
        Assert.Throws<ArgumentException>(() => FfnFusion.Apply(model, FusionCases.Groups(model, [0, 1], [1, 3])));
        Assert.Throws<ArgumentException>(() => FfnFusion.Apply(model, new FusedFfns([], [new FfnGroup([0, 1], 65, 0)])));
    }

    [Theory]
    [InlineData(CheckpointDialect.ModelOpt)]
    [InlineData(CheckpointDialect.DeciLm)]
    [InlineData(CheckpointDialect.PerLayerConfig)]
    public void Apply_SavedAndLoaded_ComputesTheSame(CheckpointDialect dialect)
    {
        using var folder = new TestFolder();
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        using CausalLanguageModel fused = FfnFusion.Apply(model, FusionCases.Groups(model, [0, 1, 3]));
        fused.Save(folder.Path, options: new CheckpointWriterOptions { Dialect = dialect });

        using CausalLanguageModel loaded = CausalLanguageModel.Load(folder.Path);

        // DeciLM's readers need FFNs of multiples of 256 channels, which zeros fill.
        Assert.Equal(dialect != CheckpointDialect.DeciLm, fused.Config.Architecture.Equals(loaded.Config.Architecture));
        Tensor ids = TokenBatch.OfWindows(Text, [1], CPU);
        Assert.All(
            FusionCases.Numbers(fused.Forward(ids)).Zip(FusionCases.Numbers(loaded.Forward(ids))),
            pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Choose_ThresholdZeroOrRunsOfOne_FusesNothing()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        FusedFfns none = FfnFusion.Choose(model, Text, new FfnFusionOptions { Threshold = 0, KeepLast = false });
        Assert.Equal([[0, 1, 3], [4, 5]], none.Dependencies.Select(dependency => dependency.Layers));
        Assert.Empty(none.Groups);
        Assert.Null(none.Reason);
        Assert.Equal(model.Config.Architecture, none.ArchitectureOf(model.Config.Architecture));

        using CausalLanguageModel alone = FusionCases.Create(["gqa-4/48", "gqa-4/48", "noop/linear", "noop/48"]);
        FusedFfns nothing = FfnFusion.Choose(alone, Text, new FfnFusionOptions { Threshold = 3, KeepLast = false });
        Assert.Empty(nothing.Groups);
        Assert.Contains("follow each other", nothing.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ByThresholdWidthAndLast_TakesAsManyAsMay()
    {
        using CausalLanguageModel model = FusionCases.Create(FusionCases.TwoRuns);
        Assert.Equal(["0+1"], Chosen(new() { Threshold = 3 }));
        Assert.Equal(["0+1+3", "4+5"], Chosen(new() { Threshold = 3, KeepLast = false }));
        Assert.Equal(["0+1", "4+5"], Chosen(new() { Threshold = 3, KeepLast = false, MaxWidth = 64 }));
        Assert.Equal(["1+3"], Chosen(new() { Threshold = 3, KeepLast = false, MaxWidth = 63 }));
        FfnDependency first = FfnFusion.Choose(model, Text).Dependencies[0];
        // Just above what the first pair has, whatever the third depends on.
        double pair = first.Distances[1][0], third = first.Distances[2].Max();
        Assert.Equal(
            pair < third ? "0+1" : "0+1+3", Chosen(new() { Threshold = Math.BitIncrement(pair), KeepLast = false }).First());

        IEnumerable<string> Chosen(FfnFusionOptions options) =>
            FfnFusion.Choose(model, Text, options).Groups.Select(group => string.Join('+', group.Layers));
    }

    [Fact]
    public void Choose_NormsBehindFfns_SaysWhyNot()
    {
        ModelConfig config = TinyModel.Config() with
        {
            Architecture = new Architecture(FusionCases.TwoRuns.Select(BlockConfig.Parse)),
            Norms = new() { Placement = NormPlacement.Both },
        };
        using CausalLanguageModel model = TinyModel.Create(config);

        FusedFfns found = FfnFusion.Choose(model, Text, new FfnFusionOptions { Threshold = 3 });

        Assert.Equal("the family has norms behind its FFNs", found.Reason);
        Assert.Empty(found.Groups);
        Assert.Throws<ArgumentException>(() => FfnFusion.Apply(model, FusionCases.Groups(model, [0, 1])));
    }
}
