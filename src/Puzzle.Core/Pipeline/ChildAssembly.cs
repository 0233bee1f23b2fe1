using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Fusion;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Pipeline;

/// <summary>Assembles chosen architectures, with FFNs fused if asked to. Which FFNs are fused is measured once and kept.</summary>
internal sealed class ChildAssembly(
    PuzzleRequest request, IBlockLibrary library, PuzzleOptions options, RunRecords records, RunObserver observer,
    CancellationToken cancellationToken)
{
    private const string Version = "fusion-1";

    /// <summary>Finds what to fuse in an assembled architecture; null if nothing is to be.</summary>
    public async Task<FusedFfns?> FusionOfAsync(IReadOnlyList<BlockVariant> blocks)
    {
        if (!options.FuseFfns)
            return null;
        var fusion = new FfnFusionOptions { Threshold = options.FusionThreshold, MaxWidth = options.FusionMaxWidth };
        string key = Fingerprint.Of(
            Version, request.Parent.Fingerprint, IdentityOf(blocks, fused: null), request.TrainingText.Fingerprint, fusion.Threshold,
            fusion.MaxWidth, fusion.KeepLast, fusion.Windows, DeviceName.Of(request.Parent.Model.Device), request.Parent.Model.ElementType);
        return await observer.StageAsync(PuzzleStage.Assemble, () => records.GetAsync(
            "fusion", key, RecordJson.Default.KeptFusedFfns, () => DedicatedThread.Run(() =>
            {
                using CausalLanguageModel model = library.Assemble(blocks, request.Parent.Model, cancellationToken: cancellationToken);
                return FfnFusion.Choose(model, request.TrainingText, fusion, cancellationToken);
            }))).ConfigureAwait(false);
    }

    /// <summary>Assembles an architecture.</summary>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="fused">What to fuse in it; null for nothing.</param>
    /// <param name="type">The type of its weights; the parent's if null.</param>
    public CausalLanguageModel Assemble(IReadOnlyList<BlockVariant> blocks, FusedFfns? fused, ScalarType? type = null)
    {
        CausalLanguageModel model = library.Assemble(blocks, request.Parent.Model, type, cancellationToken);
        if (fused is not { Groups.Count: > 0 })
            return model;
        using (model)
            return FfnFusion.Apply(model, fused);
    }

    /// <summary>Gives the identity of what is assembled.</summary>
    public static string IdentityOf(IReadOnlyList<BlockVariant> blocks, FusedFfns? fused) => Fingerprint.Of(
        [.. blocks.Select(block => block.Id), .. fused?.Groups.Select(group => $"{Version} {string.Join('+', group.Layers)}") ?? []]);

    /// <summary>Gives the architecture of what is assembled.</summary>
    public static Architecture ArchitectureOf(IReadOnlyList<BlockVariant> blocks, FusedFfns? fused)
    {
        var chosen = new Architecture([.. blocks.Select(block => block.Config)]);
        return fused?.ArchitectureOf(chosen) ?? chosen;
    }
}
