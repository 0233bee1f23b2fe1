using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Puzzle.Distillation.Global;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Reporting;
using Puzzle.Search.Interchange;
using Puzzle.Search.Scoring;
using Puzzle.Tests.Reporting;

namespace Puzzle.Tests;

/// <summary>Whatever culture a user has, numbers are read and written the same way: with a decimal comma in German, with a dotless i in
/// Turkish.</summary>
public sealed class CultureTests
{
    private const string Settings = """
        {
          "pipeline": { "objective": "kl_div+0.25*lm_loss", "TWOSTAGE": "true" },
          "GlobalDistillation": { "LearningRate": 1.5e-4, "WARMUPSHARE": "0.125", "CosineWeight": "1234.5" },
          "SuccessiveHalving": { "Keep": 0.75 }, "Profiling": { "MinimumSample": "00:00:00.25", "DEVICE": "cpu" }
        }
        """;

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void ConfigurationReportsAndRecipes_AreThoseOfTheInvariantCulture(string culture)
    {
        string expected = In(CultureInfo.InvariantCulture), found = In(CultureInfo.GetCultureInfo(culture));

        Assert.Equal(expected, found);
        Assert.Contains("kl_div+0.25*lm_loss", found, StringComparison.Ordinal);
        Assert.Contains("0.00015", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Cultures_DifferFromTheInvariantOne() => Assert.Equal(
        ("0,5", "\u0131"), (0.5.ToString(CultureInfo.GetCultureInfo("de-DE")), "I".ToLower(CultureInfo.GetCultureInfo("tr-TR"))));

    private static string In(CultureInfo culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture, ui = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;
        try
        {
            return string.Join('\n', Configured(), Reported(), Stored());
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (before, ui);
        }
    }

    private static string Configured()
    {
        var services = new ServiceCollection();
        services.AddPuzzleDefaults().UseSuccessiveHalvingScorer().Configure(
            new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Settings))).Build());
        using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
        GlobalDistillationOptions global = provider.GetRequiredService<IOptions<GlobalDistillationOptions>>().Value;
        SuccessiveHalvingOptions halving = provider.GetRequiredService<IOptions<SuccessiveHalvingOptions>>().Value;
        PuzzleOptions pipeline = provider.GetRequiredService<IOptions<PuzzleOptions>>().Value;
        Recipe recipe = new Recipe("culture", 1).With("Rate", global.LearningRate).With("Warmup", global.WarmupShare)
            .With("Cosine", global.CosineWeight).With("Keep", halving.Keep)
            .With(
                "Objective",
                ScoreObjective.Parse(pipeline.Objective, [ScoreMetric.KlDivergence, ScoreMetric.LanguageModelLoss]).ToString());
        return $"{recipe}\n{recipe.Fingerprint}\n{pipeline.TwoStage}";
    }

    private static string Reported()
    {
        using var folder = new TestFolder();
        RunReport report = SampleReport.Create();
        report.Save(folder.Path);
        RunReport.Read(folder.Path).Save(folder["again"]);
        return string.Concat(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(File.ReadAllText));
    }

    private static string Stored()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["in.json"], """
            {"layer_0": {"gqa-4/48": {"stats": {"runtime_ms": 1234.5}, "metrics": {"kl_div": 1e-7}, "is_parent": true},
              "gqa-2/noop": {"stats": {"runtime_ms": 0.5}, "metrics": {"kl_div": 0.125}}}}
            """);
        BlockLibraryFile.Write(folder["out.json"], BlockLibraryFile.Read(folder["in.json"]));
        return File.ReadAllText(folder["out.json"]);
    }
}
