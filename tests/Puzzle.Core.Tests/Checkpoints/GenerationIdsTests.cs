using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.Tests.Checkpoints;

/// <summary>Every id that config.json or generation_config.json names ends a text, and both travel with the model.</summary>
public sealed class GenerationIdsTests
{
    [Theory]
    [InlineData("""{"eos_token_id":[2,10]}""", new[] { 3, 2, 10 })]
    [InlineData("""{"eos_token_id":3}""", new[] { 3 })]
    [InlineData("{}", new[] { 3 })]
    public void Open_BothFiles_NameTheEnds(string generation, int[] expected)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config() with { EndOfTextIds = [3] });
        model.Save(folder["model"]);
        File.WriteAllText(Path.Combine(folder["model"], "generation_config.json"), generation);
        File.WriteAllText(Path.Combine(folder["model"], "chat_template.jinja"), "{{ messages }}");

        using CausalLanguageModel loaded = CausalLanguageModel.Load(folder["model"]);
        loaded.Save(folder["child"], options: new CheckpointWriterOptions { TokenizerFolder = folder["model"] });

        Assert.Equal(expected, loaded.Config.EndOfTextIds);
        using CheckpointFolder child = CheckpointFolder.Open(folder["child"]);
        Assert.Equal(expected, child.Config.EndOfTextIds);
        Assert.True(File.Exists(Path.Combine(folder["child"], "chat_template.jinja")));
    }

    [Fact]
    public void Open_EndOutsideTheVocabulary_IsRefused()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();
        model.Save(folder["model"]);
        File.WriteAllText(Path.Combine(folder["model"], "generation_config.json"), """{"eos_token_id":[2,1000]}""");
        Assert.Throws<CheckpointFormatException>(() => CheckpointFolder.Open(folder["model"]));
    }
}
