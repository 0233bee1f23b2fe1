using Puzzle.Distillation;
using Puzzle.Foundation;
using Puzzle.Fusion;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Pipeline;

/// <summary>Tries whole children: assembled, healed a little if asked to, and compared with the parent. A trial that the work folder holds
/// is read.</summary>
internal sealed class FinalistTrials(
    PuzzleRequest request, ChildAssembly assembly, PipelineRoles roles, RunObserver observer, RunRecords records,
    CancellationToken cancellationToken)
{
    private const string Version = "finalist-1";
    private const int FingerprintDigits = 16;

    // As many as global distillation's own evaluations look at: the mean of their KL is known to a few percent.
    private const int MostWindows = 64;

    private readonly PackedTokenDataset _windows = request.ScoringText.Spread(MostWindows);

    /// <summary>Tries a child.</summary>
    /// <param name="blocks">What it is assembled from.</param>
    /// <param name="stepShare">The share of global distillation's steps to heal it with; 0 for none.</param>
    public async Task<FinalistTrial> RunAsync(IReadOnlyList<BlockVariant> blocks, double stepShare)
    {
        FusedFfns? fused = await assembly.FusionOfAsync(blocks).ConfigureAwait(false);
        string child = ChildAssembly.IdentityOf(blocks, fused);
        string key = Fingerprint.Of(
            Version, request.Parent.Fingerprint, child, _windows.Fingerprint, DeviceName.Of(request.Parent.Model.Device),
            request.Parent.Model.ElementType, stepShare, stepShare > 0 ? roles.Global.Settings : null,
            stepShare > 0 ? request.TrainingText.Fingerprint : null, stepShare > 0 ? request.ScoringText.Fingerprint : null);
        string states = Path.Combine(request.WorkDirectory, PipelineRun.Uptraining);
        string state = Path.Combine(states, $"trial-{key[..FingerprintDigits]}.safetensors");
        Directory.CreateDirectory(states);
        FinalistTrial trial = await observer.StageAsync(PuzzleStage.Assemble, () => records.GetAsync(
            "trial", key, RecordJson.Default.KeptFinalistTrial,
            () => MeasureAsync(blocks, fused, child, stepShare, state))).ConfigureAwait(false);
        // What it learned is not used again.
        File.Delete(state);
        return trial;
    }

    private async Task<FinalistTrial> MeasureAsync(
        IReadOnlyList<BlockVariant> blocks, FusedFfns? fused, string fingerprint, double stepShare, string state)
    {
        using CausalLanguageModel model = assembly.Assemble(blocks, fused, ScalarType.Float32);
        if (stepShare > 0)
        {
            await roles.Global.DistillAsync(
                new GlobalDistillationRequest(
                    request.Parent, request.TrainingText, new IdentifiedModel(model, fingerprint), request.ScoringText, state)
                {
                    StepShare = stepShare,
                },
                new RelayedProgress<TrainingProgress>(update => observer.Trained(PuzzleStage.Assemble, update)),
                cancellationToken).ConfigureAwait(false);
        }
        ModelEvaluation quality = await DedicatedThread.Run(() => ModelEvaluator.Evaluate(
            model, request.Parent.Model, _windows, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return new FinalistTrial(stepShare, quality.KlDivergence);
    }
}
