using System.Globalization;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.TrainParent;

/// <summary>Lets a model write the text that its child is distilled on: no data of others is needed.</summary>
internal static class TextWriting
{
    private const int LongestStory = 380;

    public static void Run(string parentFolder, string outputFile, int stories, double temperature, long seed, TextWriter log,
        CancellationToken cancellationToken)
    {
        Tokenizer tokenizer = Tokenizer.Load(parentFolder);
        using CheckpointFolder checkpoint = CheckpointFolder.Open(parentFolder);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint, cancellationToken: cancellationToken);
        var corpus = new SampledCorpus(
            new(parent, checkpoint.ComputeFingerprint(cancellationToken)), outputFile + ".parts",
            new SampledCorpusOptions { Temperature = temperature, Seed = seed, MaxNewTokens = LongestStory });
        AtomicFile.Write(outputFile, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach ((int written, int[] story) in corpus.Texts(cancellationToken).Take(stories).Index())
            {
                writer.WriteLine(tokenizer.Decode(story).Trim());
                writer.WriteLine("<|endoftext|>");
                if ((written + 1) % 32 == 0)
                    log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{written + 1}/{stories} stories"));
            }
        });
    }
}
