using System.Globalization;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.Tests.Generation;

/// <summary>One byte flipped in an ONNX folder that we wrote; more of them by hand with <c>PUZZLE_FLIPS</c>.</summary>
public sealed class FlippedByteTests
{
    [Fact]
    public void Load_AnyByteOfAnyFileFlipped_IsRefusedByName()
    {
        using var folder = new TestFolder();
        using (CausalLanguageModel model = TinyModel.Create())
            OnnxExporter.Export(model, folder["child"]);
        OnnxTextGenerator.Load(folder["child"]).Dispose();
        string[] files = Directory.GetFiles(folder["child"]);
        var random = new Random(4);

        int flips = int.TryParse(Environment.GetEnvironmentVariable("PUZZLE_FLIPS"), CultureInfo.InvariantCulture, out int number)
            ? number
            : 3 * files.Length;
        for (int i = 0; i < flips; i++)
        {
            string file = files[i % files.Length];
            byte[] whole = File.ReadAllBytes(file), damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);

            Assert.Equal(file, Assert.Throws<CheckpointFormatException>(() => OnnxTextGenerator.Load(folder["child"])).File);
            File.WriteAllBytes(file, whole);
        }
    }
}
