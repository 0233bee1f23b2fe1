using System.Globalization;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.TrainParent;

/// <summary>Lets a model write the text that its child is distilled on: no data of others is needed.</summary>
internal static class TextWriting
{
    private const int StoriesPerBatch = 32;
    private const int LongestStory = 380;

    public static void Run(string parentFolder, string outputFile, int stories, double temperature, long seed, TextWriter log, CancellationToken cancellationToken)
    {
        Tokenizer tokenizer = Tokenizer.Load(parentFolder);
        using CausalLanguageModel parent = CausalLanguageModel.Load(parentFolder);
        int start = parent.Config.BeginOfTextId ?? throw new ArgumentException($"{parentFolder}: the model has no token to start a text with.");
        string partial = outputFile + ".partial";
        using (var writer = new StreamWriter(partial))
        {
            writer.NewLine = "\n";
            for (int written = 0; written < stories; written += StoriesPerBatch)
            {
                int count = Math.Min(StoriesPerBatch, stories - written);
                var options = new GenerationOptions { MaxNewTokens = LongestStory, Temperature = temperature, Seed = seed + written };
                foreach (int[] story in TextGeneration.Generate(parent, [.. Enumerable.Repeat(new[] { start }, count)], options, cancellationToken))
                {
                    writer.WriteLine(tokenizer.Decode(story).Trim());
                    writer.WriteLine("<|endoftext|>");
                }
                log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{written + count}/{stories} stories"));
            }
        }
        File.Move(partial, outputFile, overwrite: true);
    }
}
