using System.Globalization;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

/// <summary>One byte flipped in a checkpoint folder that we wrote; more of them by hand with <c>PUZZLE_FLIPS</c>.</summary>
public sealed class FlippedByteTests
{
    [Fact]
    public void Load_AnyByteOfAnyFileFlipped_IsRefusedByName()
    {
        using var folder = new TestFolder();
        using (CausalLanguageModel model = TinyModel.Create())
            model.Save(folder["child"], options: new CheckpointWriterOptions { MaxShardBytes = 20_000 });
        LetterTokenizer.Create().Save(folder["child"]);
        Load(folder["child"]);
        string[] files = Directory.GetFiles(folder["child"]);
        Assert.True(files.Length > 5);
        var random = new Random(4);

        for (int i = 0; i < Flips(2 * files.Length); i++)
        {
            string file = files[i % files.Length];
            byte[] whole = File.ReadAllBytes(file), damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);

            Assert.Equal(file, Assert.Throws<CheckpointFormatException>(() => Load(folder["child"])).File);
            File.WriteAllBytes(file, whole);
        }
        Load(folder["child"]);
    }

    private static int Flips(int few) =>
        int.TryParse(Environment.GetEnvironmentVariable("PUZZLE_FLIPS"), CultureInfo.InvariantCulture, out int number) ? number : few;

    private static void Load(string folder)
    {
        using var scope = NewDisposeScope();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        checkpoint.ComputeFingerprint();
        Tokenizer.Load(folder);
    }
}
