using CsCheck;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;

namespace Puzzle.Tests.Checkpoints;

public sealed class ConfigFuzzTests
{
    private static readonly string[] Pieces =
        ["{", "}", "[", "]", ":", ",", "\"", "\\ud800", "0", "-1", "7", "2147483647", "1e400", "null", "true", "\"x\"", "{}", "[]",
            "\"no_op\":true,"];

    private static readonly string Valid = ConfigText.With(
        ("rope_parameters", """{"rope_type":"llama3","rope_theta":5000,"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}"""),
        ("block_configs", """[{"attention":{"n_heads_in_group":2},"ffn":{"ffn_mult":1.5}},{"attention":{"no_op":true},"ffn":{"replace_with_linear":true}}]"""));

    [Fact]
    public void Read_Valid_Succeeds() => Assert.Equal("gqa-2/256 noop/linear", ConfigText.Read(Valid).Architecture.ToString());

    [Fact]
    public void Read_MutatedText_ReadsOrThrowsFormatException()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Int[0, 8], Gen.Int[0, Pieces.Length - 1]).Sample(
            (at, removed, piece) =>
            {
                string changed = string.Concat(Valid.AsSpan(0, at), Pieces[piece], Valid.AsSpan(Math.Min(Valid.Length, at + removed)));
                string path = folder.Write("config.json", changed);
                try
                {
                    HuggingFaceConfig.Read(path).Validate();
                }
                catch (CheckpointFormatException exception)
                {
                    Assert.Equal(path, exception.File);
                }
            },
            iter: 3000,
            threads: 1);
    }
}
