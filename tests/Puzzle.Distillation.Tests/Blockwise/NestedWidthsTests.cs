using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Blockwise;

/// <summary>FFNs of several widths trained in one run and stored each for itself.</summary>
public sealed class NestedWidthsTests
{
    [Theory]
    [InlineData(Initialization.Paper)]
    [InlineData(Initialization.ClosedForm)]
    public async Task DistillAsync_NestedWidths_AreTheFirstChannelsOfTheWidest(Initialization start)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = Options(steps: 8);
        options.Initialization = start;

        BlockwiseDistillationResult made = await options.DistilAsync(Request(parent, library));

        foreach (int layer in Enumerable.Range(0, 3))
        {
            SubblockVariant[] widths = [.. new[] { "40", "24", "8" }.Select(
                width => made.Variants.Single(variant => variant.Key == new SubblockKey(layer, SubblockKind.Ffn, width)))];
            Assert.Single(widths.Select(variant => variant.Recipe).Distinct());
            Assert.Equal("""["40", "24", "8"]""", library.FindRecipe(widths[0].Recipe)!.Fields.Single(field => field.Name == "Nested").Value);
            // Half of 3 x 8 steps, each width as many.
            Assert.All(widths, variant => Assert.Equal(4, library.ReadCurve(variant).Count));
            Assert.Equal(
                Enumerable.Range(0, 12), widths.SelectMany(variant => library.ReadCurve(variant)).Select(record => record.Step).Order());
            using var scope = NewDisposeScope();
            IReadOnlyDictionary<string, Tensor>[] weights = [.. widths.Select(library.ReadWeights)];
            Assert.Equal([40, 24, 8], weights.Select(one => one[WeightNames.Gate].size(0)));
            Assert.Equal([40, 24, 8], weights.Select(one => one[WeightNames.Down].size(1)));
            // Where a width is kept as it started, its channels are others'.
            if (widths.Any(variant => library.ReadStart(variant)?.IsKept == true))
                continue;
            Assert.True(weights[0][WeightNames.Gate].narrow(0, 0, 24).equal(weights[1][WeightNames.Gate]).all().item<bool>());
            Assert.True(weights[1][WeightNames.Up].narrow(0, 0, 8).equal(weights[2][WeightNames.Up]).all().item<bool>());
        }
        // Planned and taken: 3 layers of 12 steps.
        Assert.Equal((36, 36), (made.StepsPlanned, made.StepsTaken));
    }

    [Theory]
    [InlineData(Initialization.Paper)]
    [InlineData(Initialization.ClosedForm)]
    public async Task DistillAsync_NestedWidths_StartAsTheyWouldAlone(Initialization start)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), alone = new();
        // So small a rate that nothing is learned: what is stored computes what the start does.
        BlockwiseDistillationOptions options = Options(steps: 1), still = Options(steps: 0);
        (options.LearningRate, options.Initialization, still.Initialization) = (1e-9, start, start);
        // Without held-out windows there is no choice of starts.
        (options.HeldOutWindows, still.HeldOutWindows) = (0, 0);

        BlockwiseDistillationResult nested = await options.DistilAsync(Request(parent, library));
        BlockwiseDistillationResult each = await still.DistilAsync(Request(parent, alone));

        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor stream = randn([1, 16, 32], generator: new Generator(3, CPU));
        foreach (SubblockVariant variant in each.Variants.Where(variant => !variant.IsParent && variant.Key.Kind == SubblockKind.Ffn))
        {
            SubblockVariant same = nested.Variants.Single(other => other.Key == variant.Key);
            using Subblock one = alone.LoadSubblock(variant, parent), other = library.LoadSubblock(same, parent);
            RotaryTable rotary = parent.Rotary.At(0, 16);
            double distance = (one.Forward(stream, rotary) - other.Forward(stream, rotary)).abs().max().item<float>();
            Assert.True(distance < 1e-4, $"{variant.Key} is {distance} away.");
        }
    }

    [Fact]
    public async Task DistillAsync_NestedWidths_LearnAndLeaveOtherUnitsAlone()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), plain = new();
        BlockwiseDistillationOptions options = Options(steps: 24), separate = Options(steps: 24);
        foreach (BlockwiseDistillationOptions one in new[] { options, separate })
            (one.LearningRate, one.TrainBesideNoOps) = (2e-3, NoOpPartners.Attention);
        separate.NestedWidths = false;
        SearchSpace space = BlockwiseCases.Space(parent);

        BlockwiseDistillationResult nested = await options.DistilAsync(BlockwiseCases.Request(parent, library, space));
        BlockwiseDistillationResult each = await separate.DistilAsync(BlockwiseCases.Request(parent, plain, space));

        Assert.Equal(each.Variants.Select(variant => variant.Key).ToHashSet(), nested.Variants.Select(variant => variant.Key).ToHashSet());
        foreach (SubblockVariant variant in nested.Variants.Where(variant => !variant.IsParent))
        {
            SubblockVariant other = each.Variants.Single(one => one.Key == variant.Key);
            bool isNested = variant.Key is { Kind: SubblockKind.Ffn, Beside: "noop", Config: "48" or "16" };
            Assert.Equal(isNested, variant.WeightsDigest != other.WeightsDigest);
            if (isNested)
                Assert.InRange(library.HeldOutLoss(variant), 0, library.ReadStart(variant)!.HeldOutLoss!.Value);
        }
    }

    [Fact]
    public async Task DistillAsync_TrainingThatHarms_LeavesEachWidthAsItStarted()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        BlockwiseDistillationOptions options = Options(steps: 4), worse = Options(steps: 4);
        (options.LearningRate, worse.LearningRate) = (5, 9);

        BlockwiseDistillationResult one = await options.DistilAsync(Request(parent, library));
        BlockwiseDistillationResult same = await worse.DistilAsync(Request(parent, other));

        foreach (SubblockVariant variant in one.Variants.Where(variant => !variant.IsParent))
        {
            Assert.True(library.ReadStart(variant)!.IsKept);
            Assert.True(library.HeldOutLoss(variant) >= library.ReadStart(variant)!.HeldOutLoss);
            Assert.Equal(variant.WeightsDigest, same.Variants.Single(again => again.Key == variant.Key).WeightsDigest);
        }
    }

    [Fact]
    public async Task DistillAsync_Again_MakesNothingAndOneMissingWidthMakesAll()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        BlockwiseDistillationOptions options = Options(steps: 4);
        IReadOnlyList<SubblockVariant> first;
        string[] files;
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder.Path, "parent"))
        {
            first = (await options.DistilAsync(Request(parent, library))).Variants;
            files = Directory.GetFiles(folder["variants"]);
        }
        byte[][] bytes = [.. files.Select(File.ReadAllBytes)];
        File.Delete(files[0]);

        using DirectoryBlockLibrary again = DirectoryBlockLibrary.Open(folder.Path, "parent");
        Assert.Equal(first, (await options.DistilAsync(Request(parent, again))).Variants);

        Assert.Equal(bytes, files.Select(File.ReadAllBytes));
    }

    [Fact]
    public async Task DistillAsync_WorkersAndPassesOfText_ChangeNoBit()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        BlockwiseDistillationOptions options = Options(steps: 8), parts = Options(steps: 8);
        (parts.Workers, parts.MaxActivationBytes) = (1, 40_000);

        BlockwiseDistillationResult whole = await options.DistilAsync(Request(parent, library));
        BlockwiseDistillationResult cut = await parts.DistilAsync(Request(parent, other));

        Assert.Equal(whole.Variants, cut.Variants);
        Assert.Equal(
            whole.Variants.Where(variant => !variant.IsParent).SelectMany(library.ReadCurve),
            cut.Variants.Where(variant => !variant.IsParent).SelectMany(other.ReadCurve));
    }

    [Fact]
    public void Units_NestedWidths_AreCountedByTheirSteps()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = Options(steps: 8), separate = Options(steps: 8);
        separate.NestedWidths = false;

        double nested = Operations(options), each = Operations(separate);

        Assert.InRange(nested / each, 0.49, 0.51);

        double Operations(BlockwiseDistillationOptions chosen) =>
            new BlockUnits(Request(parent, library), chosen).Units.Sum(unit => unit.Operations);
    }

    private static BlockwiseDistillationOptions Options(int steps)
    {
        BlockwiseDistillationOptions options = BlockwiseCases.Options(steps);
        options.NestedWidths = true;
        return options;
    }

    private static BlockwiseDistillationRequest Request(CausalLanguageModel parent, IBlockLibrary library) =>
        BlockwiseCases.Request(parent, library, SearchSpace.Uniform(
            parent.Config.Architecture, [], [new GatedFfnConfig(24), new GatedFfnConfig(40), new GatedFfnConfig(8)]));
}
