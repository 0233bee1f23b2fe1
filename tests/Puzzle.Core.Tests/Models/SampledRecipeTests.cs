using Puzzle.Architectures;
using Puzzle.Models;

namespace Puzzle.Tests.Models;

/// <summary>A sampled text's recipe names everything that it depends on: whatever can be set changes it, or cannot change a
/// token.</summary>
public sealed class SampledRecipeTests
{
    private static readonly ModelConfig Config = TinyModel.Config(layers: 1) with { BeginOfTextId = 60, EndOfTextIds = [60] };
    private static readonly Dictionary<string, object> Others = new() { [nameof(SampledCorpusOptions.Prompt)] = new List<int> { 3 } };

    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<SampledCorpusOptions>();

    [Theory]
    [MemberData(nameof(InRecipe))]
    public void Recipe_OptionChanged_IsAnother(string option)
    {
        using CausalLanguageModel model = TinyModel.Create(Config);

        Assert.Contains(
            Corpus(model, OptionChanges.Changed(Options(), option, Others)).Recipe.Explain(Corpus(model, Options()).Recipe),
            line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    // That the number of workers changes no text is shown beside the corpus.
    [Fact]
    public void Recipe_OptionsOutside_AreTheWorkers() =>
        Assert.Equal([nameof(SampledCorpusOptions.Workers)], OptionChanges.NotInRecipe<SampledCorpusOptions>().Select(row => row.Data));

    private static SampledCorpusOptions Options() => new() { MaxNewTokens = 20 };

    private static SampledCorpus Corpus(CausalLanguageModel model, SampledCorpusOptions options) =>
        new(new(model, "model"), Path.GetTempPath(), options);
}
