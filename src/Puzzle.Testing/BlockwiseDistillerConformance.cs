using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Testing;

/// <summary>What every distiller that makes a library must do. Derive, create the distiller with a few steps, run the tests.</summary>
public abstract class BlockwiseDistillerConformance
{
    private static readonly PackedTokenDataset Text = TestModel.Windows(24);

    /// <summary>Creates the distiller. A handful of steps of two windows each is enough.</summary>
    protected abstract IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult> CreateDistiller();

    /// <summary>Every alternative of every layer is made and stored with the shapes of its config, and the parent's own is
    /// listed.</summary>
    [Fact]
    public async Task DistillAsync_EveryAlternative_IsMade()
    {
        using CausalLanguageModel parent = TestModel.Create();
        using var library = new MemoryBlockLibrary();
        SearchSpace space = Space(parent);

        BlockwiseDistillationResult result = await CreateDistiller().DistillAsync(Request(parent, library));

        for (int layer = 0; layer < parent.Config.Layers; layer++)
        {
            SubblockVariant[] own = [.. result.Variants.Where(variant => variant.Key.Layer == layer)];
            Assert.Equal(2, own.Count(variant => variant.IsParent));
            Assert.Subset(Names(own, SubblockKind.Attention), space.Attention(layer).Select(config => config.Name).ToHashSet());
            Assert.Subset(Names(own, SubblockKind.Ffn), space.Ffn(layer).Select(config => config.Name).ToHashSet());
        }
        Assert.All(result.Variants.Where(variant => !variant.IsParent), variant =>
            Assert.Equal(variant, library.Find(variant.Key, variant.Recipe)));
        IReadOnlyList<IReadOnlyList<BlockVariant>> blocks = BlockComposition.Compose(space, result.Variants);
        using CausalLanguageModel child = library.Assemble([.. blocks.Select(layer => layer.First(block => !block.IsParent))], parent);
        Assert.Equal(parent.Config.Layers, child.Config.Layers);
    }

    /// <summary>Run again, it makes nothing; run anew, it makes the same bits. The parent is left as it was.</summary>
    [Fact]
    public async Task DistillAsync_Again_MakesNothingAndAnewTheSame()
    {
        using CausalLanguageModel parent = TestModel.Create();
        string weights = TestModel.Digest(parent);
        using MemoryBlockLibrary library = new(), other = new();
        BlockwiseDistillationResult first = await CreateDistiller().DistillAsync(Request(parent, library));
        int made = library.Added.Count;

        BlockwiseDistillationResult again = await CreateDistiller().DistillAsync(Request(parent, library));
        BlockwiseDistillationResult anew = await CreateDistiller().DistillAsync(Request(parent, other));

        Assert.Equal(made, library.Added.Count);
        Assert.Equal(first.Variants, again.Variants);
        Assert.Equal(first.Variants, anew.Variants);
        Assert.Equal(weights, TestModel.Digest(parent));
    }

    /// <summary>Stopped after the first variant and run again, it gives what an uninterrupted run gives, and makes nothing twice.</summary>
    [Fact]
    public async Task DistillAsync_StoppedAndRunAgain_EqualsUninterrupted()
    {
        using CausalLanguageModel parent = TestModel.Create();
        using MemoryBlockLibrary whole = new(), stopped = new();
        BlockwiseDistillationResult expected = await CreateDistiller().DistillAsync(Request(parent, whole));
        using var cancellation = new CancellationTokenSource();
        stopped.OnAdd = cancellation.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => CreateDistiller().DistillAsync(Request(parent, stopped), cancellationToken: cancellation.Token));
        stopped.OnAdd = null;
        BlockwiseDistillationResult actual = await CreateDistiller().DistillAsync(Request(parent, stopped));

        Assert.Equal(expected.Variants, actual.Variants);
        Assert.Equal(whole.Added.Count, stopped.Added.Count);
    }

    /// <summary>Only the layers that were asked for are crafted, to the same bits as among all.</summary>
    [Fact]
    public async Task DistillAsync_OneLayer_MakesItAlone()
    {
        using CausalLanguageModel parent = TestModel.Create();
        using MemoryBlockLibrary all = new(), one = new();
        BlockwiseDistillationResult expected = await CreateDistiller().DistillAsync(Request(parent, all));

        await CreateDistiller().DistillAsync(Request(parent, one) with { Layers = 1..2 });

        Assert.All(one.Variants, variant => Assert.Equal(1, variant.Key.Layer));
        Assert.Equal(expected.Variants.Where(variant => variant.Key.Layer == 1 && !variant.IsParent), one.Variants);
    }

    /// <summary>Another parent, text or alternative is another recipe: nothing that was made for the old one is taken for it.</summary>
    [Fact]
    public async Task DistillAsync_OtherInputs_AreOtherRecipes()
    {
        using CausalLanguageModel parent = TestModel.Create();
        using MemoryBlockLibrary library = new(), ofAnother = new() { ParentFingerprint = "another" };
        BlockwiseDistillationRequest request = Request(parent, library);
        BlockwiseDistillationResult before = await CreateDistiller().DistillAsync(request);

        BlockwiseDistillationResult reread = await CreateDistiller().DistillAsync(request with { Data = TestModel.Windows(24, seed: 5) });
        BlockwiseDistillationResult other = await CreateDistiller().DistillAsync(
            request with { Parent = request.Parent with { Fingerprint = "another" }, Library = ofAnother });

        Assert.Empty(Trained(before).Intersect(Trained(reread)));
        Assert.Empty(Trained(before).Intersect(Trained(other)));
    }

    /// <summary>A distillation that is canceled before it begins stores nothing.</summary>
    [Fact]
    public async Task DistillAsync_Canceled_Throws()
    {
        using CausalLanguageModel parent = TestModel.Create();
        using var library = new MemoryBlockLibrary();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => CreateDistiller().DistillAsync(Request(parent, library), cancellationToken: new CancellationToken(canceled: true)));

        Assert.Empty(library.Added);
    }

    /// <summary>What results depend on is said in one line, the same for two distillers of the same settings.</summary>
    [Fact]
    public void Settings_AreOneLine() => SettingsCheck.Check(CreateDistiller().Settings, CreateDistiller().Settings);

    /// <summary>The distiller can be the one that a run uses.</summary>
    [Fact]
    public void UseDistiller_ResolvesIt() => RegistrationCheck.Check(
        builder => builder.UseDistiller(_ => CreateDistiller()), CreateDistiller());

    private static BlockwiseDistillationRequest Request(CausalLanguageModel parent, MemoryBlockLibrary library) =>
        new(new(parent, "parent"), Text, Space(parent), library);

    private static SearchSpace Space(CausalLanguageModel parent) => SearchSpace.Uniform(
        parent.Config.Architecture,
        [new GroupedQueryAttentionConfig(1), new NoOpAttentionConfig()],
        [new GatedFfnConfig(16), new LinearFfnConfig()]);

    private static HashSet<string> Names(IEnumerable<SubblockVariant> variants, SubblockKind kind) =>
        [.. variants.Where(variant => variant.Key.Kind == kind).Select(variant => variant.Key.Config)];

    // No-ops have no weights to learn, so that their making may depend on nothing.
    private static IEnumerable<(SubblockKey Key, string Recipe)> Trained(BlockwiseDistillationResult result) =>
        from variant in result.Variants
        where !variant.IsParent && variant.Key.Config != new NoOpAttentionConfig().Name
        select (variant.Key, variant.Recipe);
}
