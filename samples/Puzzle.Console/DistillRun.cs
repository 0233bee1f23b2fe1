using Puzzle.Checkpoints;
using Puzzle.Cluster.Mpi;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using TorchSharp;

namespace Puzzle.ConsoleApp;

/// <summary>Heals one child and saves it. Steps and shares go to standard error. Of several processes the first evaluates, prints and
/// saves.</summary>
internal sealed class DistillRun(DistillSettings settings, GlobalDistillationOptions options)
{
    /// <summary>Gets a value indicating whether this process prints and saves, as far as is known.</summary>
    public bool IsFirst { get; private set; } = true;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string result = Path.GetFullPath(Path.Combine(settings.WorkDirectory, "child"));
        if (settings.Text.Count == 0 == settings.SampledTokens is null)
            throw new ArgumentException("Give --text or --data-free.");
        if (result == Path.GetFullPath(settings.Child).TrimEnd(Path.DirectorySeparatorChar))
            throw new ArgumentException(
                $"--child {settings.Child} is where --work {settings.WorkDirectory} puts its result: give another work folder.");
        using MpiGradientReducer? ranks = settings.Mpi ? MpiGradientReducer.Join() : null;
        IsFirst = ranks is not { Rank: > 0 };
        var distiller = new GlobalDistiller(options, reducer: ranks);
        TorchRuntime.Initialize();
        Directory.CreateDirectory(settings.WorkDirectory);
        IdentifiedModel identifiedParent = Load(settings.Parent, settings.Device.ParentType, cancellationToken);
        using CausalLanguageModel parent = identifiedParent.Model;
        IdentifiedModel identifiedChild = Load(settings.Child, torch.ScalarType.Float32, cancellationToken);
        using CausalLanguageModel child = identifiedChild.Model;
        RunTexts texts = RunTexts.Divide(
            await Task.Run(() => Corpus(identifiedParent, ranks, cancellationToken), cancellationToken),
            Math.Min(settings.SequenceLength, Math.Min(parent.Config.MaxPositions, child.Config.MaxPositions)));

        DistillReport.Quality? before = IsFirst ? await EvaluateAsync(child, parent, texts.HeldOut, cancellationToken) : null;
        GlobalDistillationResult trained = await distiller.DistillAsync(
            new GlobalDistillationRequest(
                identifiedParent, texts.Training, identifiedChild, texts.Scoring,
                Path.Combine(settings.WorkDirectory, "uptraining", identifiedChild.Fingerprint[..16] + ".safetensors")),
            IsFirst ? new Immediate<TrainingProgress>(Show) : null, cancellationToken);
        if (before is null)
            return;
        var report = new DistillReport(
            result, trained.Curve.Count, texts.Training.Count, texts.HeldOut.Count, before,
                await EvaluateAsync(child, parent, texts.HeldOut, cancellationToken), trained.Fit);
        child.Save(
            result, options: new CheckpointWriterOptions { TokenizerFolder = settings.Parent }, cancellationToken: cancellationToken);
        Console.Out.WriteLine(settings.Json ? report.ToJson() : $"{result}: {report}");
    }

    // The child is trained, so its weights are of 32 bits whatever passes compute in.
    private IdentifiedModel Load(string folder, torch.ScalarType type, CancellationToken cancellationToken)
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        return IdentifiedModel.Load(checkpoint, type, settings.Device.Torch, cancellationToken);
    }

    private TokenCorpus Corpus(IdentifiedModel parent, MpiGradientReducer? ranks, CancellationToken cancellationToken)
    {
        if (settings.SampledTokens is not { } tokens)
            return RunTexts.Read(settings.Text, Tokenizer.Load(settings.Parent), cancellationToken);
        if (ranks is null)
            return Sampled(parent, tokens, cancellationToken);
        // The first writes the text, the others read it.
        TokenCorpus? written = ranks.Rank == 0 ? Sampled(parent, tokens, cancellationToken) : null;
        ranks.Exchange([]);
        return written ?? Sampled(parent, tokens, cancellationToken);
    }

    private TokenCorpus Sampled(IdentifiedModel parent, int tokens, CancellationToken cancellationToken)
    {
        int shown = -1;
        return new SampledCorpus(parent, Path.Combine(settings.WorkDirectory, "sampled")).Read(
            tokens,
            new Immediate<double>(share =>
            {
                if ((int)(share * 10) > shown)
                    Console.Error.WriteLine(FormattableString.Invariant($"the parent writes: {(shown = (int)(share * 10)) * 10} %"));
            }),
            cancellationToken);
    }

    private static async Task<DistillReport.Quality> EvaluateAsync(
        CausalLanguageModel child, CausalLanguageModel parent, PackedTokenDataset data, CancellationToken cancellationToken) =>
        DistillReport.Quality.Of(
            await Task.Run(() => ModelEvaluator.Evaluate(child, parent, data, cancellationToken: cancellationToken), cancellationToken));

    private static void Show(TrainingProgress update)
    {
        if (update.Anew is { } anew)
            Console.Error.WriteLine($"trained anew: {anew}");
        else if (update.Loss is null)
            Console.Error.WriteLine($"{update.What}: layer {update.Completed}/{update.Total}");
        else if (update.Completed % 10 == 0 || update.Completed == update.Total)
            Console.Error.WriteLine(FormattableString.Invariant($"step {update.Completed}/{update.Total}: loss {update.Loss:F4}"));
    }

    private sealed class Immediate<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
