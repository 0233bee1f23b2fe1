using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Puzzle.Deployment.Profiling;
using Puzzle.Distillation.Blockwise;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.DependencyInjection;

public sealed class ConfigurationTests
{
    [Fact]
    public void Configure_Sections_SetOptionsAndReplaceLists()
    {
        using ServiceProvider services = Services("""
            { "Pipeline": { "Objective": "kl_div+0.5*lm_loss", "TwoStage": true }, "BlockwiseDistillation": { "Steps": 7, "Loss": "PerSequence" },
              "Scoring": { "Metrics": [ "lm_loss" ] }, "Profiling": { "Rounds": 3, "MinimumSample": "00:00:00.010" } }
            """);

        Assert.Equal("kl_div+0.5*lm_loss", services.GetRequiredService<IOptions<PuzzleOptions>>().Value.Objective);
        Assert.Equal(7, services.GetRequiredService<IOptions<BlockwiseDistillationOptions>>().Value.Steps);
        Assert.Equal(BlockwiseLoss.PerSequence, services.GetRequiredService<IOptions<BlockwiseDistillationOptions>>().Value.Loss);
        Assert.Equal(["lm_loss"], services.GetRequiredService<IOptions<ScoringOptions>>().Value.Metrics);
    }

    [Fact]
    public void Configure_UnknownKey_IsReported()
    {
        using ServiceProvider services = Services("""{ "BlockwiseDistillation": { "Setps": 7 } }""");

        var problem = Assert.Throws<InvalidOperationException>(
            () => services.GetRequiredService<IOptions<BlockwiseDistillationOptions>>().Value);

        Assert.Contains("Setps", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configure_UnknownSection_IsReportedWithThoseThereAre()
    {
        var problem = Assert.Throws<InvalidOperationException>(() => Services("""{ "Blokwise": { "Steps": 7 } }"""));

        Assert.Contains("Blokwise", problem.Message, StringComparison.Ordinal);
        Assert.Contains("BlockwiseDistillation", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configure_ValueOutOfRange_IsReportedAsByCode()
    {
        using ServiceProvider services = Services("""{ "BlockwiseDistillation": { "BatchSize": 0 } }""");

        Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<BlockwiseDistillationOptions>>().Value);
    }

    // What a host does when it starts.
    [Theory]
    [InlineData("""{ "Pipeline": { "Objective": "perplexity" } }""", "perplexity")]
    [InlineData("""{ "Pipeline": { "Objective": "kl_div+x*lm_loss" } }""", "'x'")]
    [InlineData("""{ "Pipeline": { "Objective": "lm_loss" }, "Scoring": { "Metrics": [ "kl_div" ] } }""", "lm_loss")]
    [InlineData("""{ "Scoring": { "Metrics": [ "speed" ] } }""", "'speed'")]
    [InlineData("""{ "Scoring": { "Metrics": [] } }""", "names no metric")]
    [InlineData("""{ "Profiling": { "Device": "CUDA" } }""", "TorchSharp-cuda")]
    [InlineData("""{ "Profiling": { "Device": "MPS" } }""", "Device")]
    [InlineData("""{ "Profiling": { "Threads": "many" } }""", "'Profiling:Threads' is 'many'; expected a whole number that fits.")]
    [InlineData("""{ "GlobalDistillation": { "LearningRate": "1,5" } }""", "expected a number such as 0.5.")]
    [InlineData("""{ "BlockwiseDistillation": { "Loss": "Squared" } }""", "expected one of ")]
    [InlineData("""{ "Profiling": { "MinimumSample": "soon" } }""", "expected a time such as 00:00:30.")]
    [InlineData("""{ "Pipeline": { "TwoStage": "perhaps" } }""", "expected true or false.")]
    [InlineData("""{ "BlockwiseDistillation": { "Setps": 7 } }""", "Setps")]
    public void Start_WrongValueOrCombination_FailsInWords(string json, string expected)
    {
        Assert.SkipWhen(json.Contains("CUDA", StringComparison.Ordinal) && TorchSharp.torch.cuda.is_available(), "there is a GPU");
        using ServiceProvider services = Services(json);

        Exception problem = Assert.ThrowsAny<Exception>(() => services.GetRequiredService<IStartupValidator>().Validate());

        Assert.True(problem is OptionsValidationException or InvalidOperationException, problem.ToString());
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_Defaults_AreFine()
    {
        using ServiceProvider services = Services("{}");
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.NotNull(services.GetRequiredService<PuzzlePipeline>());
    }

    [Fact]
    public void Sections_EveryOptionsTypeOfARole_HasOneAndIsDocumented()
    {
        // Every type that some registration lets a user set.
        Type[] options = [.. new[] { typeof(PuzzleOptions), typeof(
            BlockwiseDistillationOptions), typeof(ScoringOptions), typeof(OnnxProfilingOptions) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => !method.IsGenericMethod))
            .SelectMany(method => method.GetParameters())
            .Where(
                parameter => parameter is { Name: "configure", ParameterType.IsGenericType: true }
                    && parameter.ParameterType.GetGenericTypeDefinition() == typeof(Action<>))
            .Select(parameter => parameter.ParameterType.GetGenericArguments()[0])
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Append(typeof(ComputeOptions))
            .Distinct()];
        string documented = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.md"));

        Assert.Equal(options.Length, PuzzleConfigurationExtensions.Sections.Count);
        Assert.All(options, type => Assert.Contains(
            PuzzleConfigurationExtensions.Sections,
            section => type.Name is "PuzzleOptions" ? section == "Pipeline" : type.Name.Contains(section, StringComparison.Ordinal)));
        Assert.All(
            PuzzleConfigurationExtensions.Sections, section => Assert.Contains($"`{section}`", documented, StringComparison.Ordinal));
    }

    private static ServiceProvider Services(string json)
    {
        var services = new ServiceCollection();
        services.AddPuzzleDefaults()
            .Configure(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
        return services.BuildServiceProvider();
    }
}
