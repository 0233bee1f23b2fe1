using System.Globalization;

namespace Puzzle.Tests.Text;

/// <summary>Reads llama.cpp's pairs of texts (.inp) and expected ids (.out).</summary>
internal static class LlamaCppCases
{
    public static List<(string Text, int[] Ids)> Read(string name)
    {
        string[] texts = File.ReadAllText(SharedData.Require(name + ".inp")).Split("\n__ggml_vocab_test__\n");
        string[] lines = File.ReadAllText(SharedData.Require(name + ".out")).Split('\n');
        return [.. texts.Zip(lines, (text, line) => (
            text,
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray()))];
    }
}
