using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.TrainParent;

/// <summary>Vocabulary, data, training and saving of the default parent.</summary>
internal static partial class ParentTraining
{
    private const int SequenceLength = 256;

    // About 10,000 tokens: the loss to a hundredth, at the price of two steps.
    private const int HeldOutWindows = 40;
    private const ulong Seed = 2026;

    public static void Run(ParentTrainingSettings settings, TextWriter log, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(settings.StateFolder);
        Tokenizer tokenizer = LoadOrTrainTokenizer(settings, log, cancellationToken);
        (PackedTokenDataset training, PackedTokenDataset heldOut) = LoadText(settings, tokenizer, cancellationToken);
        log.WriteLine(Invariant($"{training.Count} training windows and {heldOut.Count} held-out windows of {SequenceLength} tokens"));

        using CausalLanguageModel model = RandomWeights.Create(Shape(tokenizer), (long)Seed);
        if (settings.From is not null)
            EarlierParent.CopyInto(model, tokenizer, settings.From);
        log.WriteLine(Invariant($"{model.ParameterCount:N0} parameters: {model.Config.Architecture}"));
        var options = new LanguageModelTrainingOptions
        {
            Steps = settings.Steps,
            BatchSize = settings.BatchSize,
            LearningRate = settings.LearningRate,
            WarmupSteps = settings.WarmupSteps,
            FinalLearningRateShare = settings.FinalShare,
            Muon = settings.Muon,
            WeightDecay = settings.WeightDecay,
            Workers = settings.Workers,
            EvaluateEvery = 50,
            CheckpointEvery = 25,
        };
        long started = Stopwatch.GetTimestamp();
        var progress = new ImmediateProgress(update =>
        {
            if (update.HeldOutLoss is not null || update.Completed % 10 == 0)
                log.WriteLine(
                    Invariant($"step {update.Completed}/{update.Total} loss {update.Loss:F4} held-out {update.HeldOutLoss:F4} ")
                    + Invariant($"after {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s"));
        });
        IReadOnlyList<LossRecord> curve;
        try
        {
            curve = new LanguageModelTrainer(options).Train(
                model, training, heldOut, Path.Combine(settings.StateFolder, "state.safetensors"), progress, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What another run with a falling learning rate starts from.
            model.Save(settings.OutputFolder, ScalarType.Float32, cancellationToken: CancellationToken.None);
            tokenizer.Save(settings.OutputFolder);
            throw;
        }

        model.Save(settings.OutputFolder, ScalarType.BFloat16, cancellationToken: cancellationToken);
        tokenizer.Save(settings.OutputFolder);
        AtomicFile.WriteText(
            Path.Combine(settings.OutputFolder, "training-log.csv"),
            string.Concat(curve.Select(
                point => Invariant($"{point.Step},{point.Loss:F4},{point.HeldOutLoss:F4}\n")).Prepend("step,loss,held_out_loss\n")));
        log.WriteLine(Invariant($"saved to {settings.OutputFolder}; final held-out loss {curve[^1].HeldOutLoss:F4}"));
    }

    private static ModelConfig Shape(Tokenizer tokenizer) => new()
    {
        VocabularySize = tokenizer.VocabularySize,
        HiddenSize = 256,
        AttentionHeads = 8,
        HeadSize = 32,
        MaxPositions = 512,
        TieWordEmbeddings = true,
        BeginOfTextId = tokenizer.EndOfTextId,
        EndOfTextIds = [tokenizer.EndOfTextId!.Value],
        Architecture = Architecture.Uniform(8, new BlockConfig(new GroupedQueryAttentionConfig(8), new GatedFfnConfig(704))),
    };

    private static Tokenizer LoadOrTrainTokenizer(ParentTrainingSettings settings, TextWriter log, CancellationToken cancellationToken)
    {
        string path = Path.Combine(settings.StateFolder, Tokenizer.FileName);
        if (File.Exists(path))
            return Tokenizer.Load(settings.StateFolder);
        log.WriteLine("training the vocabulary");
        Tokenizer tokenizer = BytePairTrainer.Train(
            settings.StoryFiles.Concat(settings.BookFiles).Select(TextFile.ReadAllText),
            new BytePairTrainerOptions { VocabularySize = settings.VocabularySize },
            cancellationToken);
        tokenizer.Save(settings.StateFolder);
        return tokenizer;
    }

    private static (PackedTokenDataset Training, PackedTokenDataset HeldOut) LoadText(
        ParentTrainingSettings settings, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        string[] told = [.. settings.StoryFiles.SelectMany(file => StoryStart().Split(TextFile.ReadAllText(file)))];
        var stories = TokenCorpus.FromTexts(
            tokenizer, Enumerable.Repeat(told, settings.StoryWeight).SelectMany(story => story), cancellationToken);
        (TokenCorpus training, TokenCorpus heldOut) = stories.Split(0.02, Seed);
        IEnumerable<IReadOnlyList<int>> windows = Windows(training.Pack(SequenceLength));
        if (settings.BookFiles.Length > 0)
            windows = windows.Concat(
                Windows(TokenCorpus.FromFiles(tokenizer, settings.BookFiles, cancellationToken: cancellationToken).Pack(SequenceLength)));
        var checks = Windows(heldOut.Pack(SequenceLength)).Take(HeldOutWindows).ToList();
        return (
            PackedTokenDataset.FromWindows([.. windows], tokenizer.VocabularySize, (ulong)settings.Order),
            PackedTokenDataset.FromWindows(checks, tokenizer.VocabularySize, Seed));

        static IEnumerable<IReadOnlyList<int>> Windows(PackedTokenDataset data) =>
            Enumerable.Range(0, data.Count).Select(window => data[window].ToArray());
    }

    // The files part stories like paragraphs, by blank lines; these openings nearly always start a story.
    [GeneratedRegex(@"\n\n(?=Once upon a time|One day,|Once there was|There once was|There was once)")]
    private static partial Regex StoryStart();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class ImmediateProgress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
