using System.Globalization;
using System.Text;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;
using Puzzle.Tests.Text;
using Puzzle.Text;

namespace Puzzle.Tests.Checkpoints.Gguf;

/// <summary>Real tokenizers in llama.cpp, under the name of the pre-tokenizer that they are written with.</summary>
[Trait("Engine", "LlamaCpp")]
public sealed class GgufRealTokenizerTests
{
    private const string NotComposed = "not in NFC", Marks = "combining marks";

    [Theory]
    [InlineData("deepseek_v3", "deepseek-v3", null)]
    [InlineData("gemma3", "default", null)]
    [InlineData("gptoss", "gpt-4o", Marks)]
    [InlineData("llama3_1", "llama-bpe", null)]
    [InlineData("mistral_nemo", "tekken", Marks)]
    [InlineData("qwen3", "qwen2", NotComposed)]
    public void Export_RealTokenizer_GivesTheEnginesTokens(string name, string preTokenizer, string? difference)
    {
        Tokenizer tokenizer = Tokenizer.Load(ReferenceTokenizerTests.Reference.FileOf(name));
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config(layers: 1) with
        {
            HiddenSize = 8,
            HeadSize = 2,
            VocabularySize = tokenizer.VocabularySize,
        });
        string file = folder["model.gguf"];
        ExportReport report = GgufExporter.Export(model, file, new GgufExportOptions { Tokenizer = tokenizer });

        Assert.Equal(difference is null ? 0 : 1, report.Changes.Count);
        Assert.All(report.Changes, change => Assert.Contains(difference!, change.Description, StringComparison.Ordinal));
        Assert.Equal(preTokenizer, GgufFile.Read(file).Metadata["tokenizer.ggml.pre"]);
        string[] texts = [.. VariedText.Sample(300).Where(text => !IsTakenOtherwise(text) && !Shows(difference, text))];
        Assert.True(texts.Length > 100);
        int[][] theirs = LlamaCpp.Run([new LlamaCppCase(file, [], texts)])[0].Tokens;
        for (int i = 0; i < texts.Length; i++)
            Assert.Equal(tokenizer.Encode(texts[i], addSpecialTokens: false), theirs[i]);
    }

    // The engine takes this for the end of a text in any vocabulary, and its tables of characters are older.
    private static bool IsTakenOtherwise(string text) =>
        text.Contains("</s>", StringComparison.Ordinal)
        || text.EnumerateRunes().Any(rune =>
            rune.Value is >= 0x13460 and <= 0x143FF || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherNotAssigned);

    private static bool Shows(string? difference, string text) => difference switch
    {
        NotComposed => !WellFormed(text).IsNormalized(),
        Marks => text.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark),
        _ => false,
    };

    private static string WellFormed(string text) => string.Concat(text.EnumerateRunes().Where(rune => rune.Value != 0xFFFE));
}
