using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Serving;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>The blocks to score and the library that holds them: an existing one, or one made for the purpose.</summary>
internal sealed class ScoredCandidates : IDisposable
{
    private readonly DirectoryBlockLibrary _library;
    private readonly ScratchFolder? _temporary;

    private ScoredCandidates(DirectoryBlockLibrary library, ScratchFolder? temporary, IReadOnlyList<BlockVariant> blocks) =>
        (_library, _temporary, Blocks) = (library, temporary, blocks);

    public IBlockLibrary Library => _library;

    /// <summary>Every composed block by layer, the parent's own first.</summary>
    public IReadOnlyList<BlockVariant> Blocks { get; }

    public static async Task<ScoredCandidates> OpenAsync(
        CausalLanguageModel parent, string fingerprint, PackedTokenDataset data, string? libraryFolder, string? workFolder, int steps,
        Initialization start, bool paperSpace, ServingEngine? server, CancellationToken cancellationToken)
    {
        if (libraryFolder is not null && !Directory.Exists(libraryFolder))
            throw new ArgumentException($"--library {libraryFolder}: there is no such folder.");
        ScratchFolder? temporary = libraryFolder is null && workFolder is null ? new ScratchFolder("score") : null;
        DirectoryBlockLibrary? library = null;
        try
        {
            library = DirectoryBlockLibrary.Open(libraryFolder ?? temporary?.Path ?? Path.Combine(workFolder!, "library"), fingerprint);
            IReadOnlyList<SubblockVariant> variants = libraryFolder is null
                ? await CraftAsync(parent, data, library, steps, start, server, paperSpace, cancellationToken)
                : [.. ParentVariants(parent), .. library.Variants];
            SearchSpace space = Servable(parent, Space(parent, variants), server);
            return new ScoredCandidates(
                library, temporary, [.. BlockComposition.Compose(space, variants).SelectMany(layer => layer)]);
        }
        catch
        {
            Clean(library, temporary);
            throw;
        }
    }

    public void Dispose() => Clean(_library, _temporary);

    private static async Task<IReadOnlyList<SubblockVariant>> CraftAsync(
        CausalLanguageModel parent, PackedTokenDataset data, DirectoryBlockLibrary library, int steps, Initialization start,
        ServingEngine? server, bool paperSpace, CancellationToken cancellationToken)
    {
        // The defaults, but for a few windows: a third of them to train in one step, a third held out.
        var options = new BlockwiseDistillationOptions
        {
            Steps = steps,
            Initialization = start,
            BatchSize = Math.Clamp(data.Count / 3, 1, 4),
            HeldOutWindows = Math.Min(8, data.Count / 3),
        };
        SearchSpace space = paperSpace
            ? SearchSpace.Paper(parent.Config)
            : SearchSpace.Create(parent.Config, [75, 50, 25, 10], widthMultiple: 16, withLinear: true);
        BlockwiseDistillationResult crafted = await new BlockwiseDistiller(options)
            .DistillAsync(
                new BlockwiseDistillationRequest(new(parent, library.ParentFingerprint), data, Servable(parent, space, server), library),
                cancellationToken: cancellationToken);
        await Console.Error.WriteLineAsync($"{crafted.Variants.Count} variants {(steps == 0 ? "initialized" : "distilled")}");
        return crafted.Variants;
    }

    private static SearchSpace Servable(CausalLanguageModel parent, SearchSpace space, ServingEngine? server) =>
        server is { } engine ? ServableSpace.Restrict(parent.Config, space, engine) : space;

    private static IEnumerable<SubblockVariant> ParentVariants(CausalLanguageModel parent) =>
        from layer in Enumerable.Range(0, parent.Config.Layers)
        from kind in new[] { SubblockKind.Attention, SubblockKind.Ffn }
        select SubblockVariant.OfParent(parent, layer, kind);

    // What a library holds, in its order; the parent's own comes first.
    private static SearchSpace Space(CausalLanguageModel parent, IReadOnlyList<SubblockVariant> variants)
    {
        return new SearchSpace(
            parent.Config.Architecture,
            [.. Layers().Select(layer => Names(layer, SubblockKind.Attention).Select(AttentionConfig.Parse))],
            [.. Layers().Select(layer => Names(layer, SubblockKind.Ffn).Select(FfnConfig.Parse))]);

        IEnumerable<int> Layers() => Enumerable.Range(0, parent.Config.Layers);

        IEnumerable<string> Names(int layer, SubblockKind kind) =>
            variants.Where(variant => variant.Key.Layer == layer && variant.Key.Kind == kind).Select(variant => variant.Key.Config);
    }

    private static void Clean(DirectoryBlockLibrary? library, ScratchFolder? temporary)
    {
        library?.Dispose();
        temporary?.Dispose();
    }
}
