using System.Reflection;
using Microsoft.Extensions.Configuration;
using Puzzle.DependencyInjection;
using Puzzle.Deployment.Profiling;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Sets options from configuration: one section for each options type, see docs/configuration.md.</summary>
public static class PuzzleConfigurationExtensions
{
    /// <summary>The usual name of the section that holds the others.</summary>
    public const string SectionName = "Puzzle";

    private static readonly Dictionary<string, Action<IPuzzleBuilder, IConfigurationSection>> Binders =
        new(StringComparer.OrdinalIgnoreCase)
    {
        ["Compute"] = (builder, section) => Bind<ComputeOptions>(builder.FollowDevice(), section),
        ["Pipeline"] = Bind<PuzzleOptions>,
        ["BlockwiseDistillation"] = Bind<BlockwiseDistillationOptions>,
        ["GlobalDistillation"] = Bind<GlobalDistillationOptions>,
        ["Scoring"] = Bind<ScoringOptions>,
        ["SuccessiveHalving"] = Bind<SuccessiveHalvingOptions>,
        ["Profiling"] = Bind<ProfilingOptions>,
        ["OnnxProfiling"] = Bind<OnnxProfilingOptions>,
        ["Solver"] = Bind<ArchitectureSolverOptions>,
        ["MipSolver"] = Bind<MipSolverOptions>,
    };

    /// <summary>Gets the names of the sections.</summary>
    public static IReadOnlyCollection<string> Sections => Binders.Keys;

    /// <summary>Sets options from the sections of a configuration; those that are absent keep their values. Lists replace what was
    /// there.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configuration">What holds the sections, usually <c>configuration.GetSection("Puzzle")</c>.</param>
    /// <exception cref="InvalidOperationException">There is a section that no options have. A key that an options type lacks, and a
    /// value that is none of its kind, are reported when the options are first used, or at the start of a host.</exception>
    public static IPuzzleBuilder Configure(this IPuzzleBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        foreach (IConfigurationSection section in configuration.GetChildren())
        {
            if (!Binders.TryGetValue(section.Key, out Action<IPuzzleBuilder, IConfigurationSection>? bind))
                throw new InvalidOperationException(
                    $"'{section.Path}' is no section of Puzzle's options; there are {string.Join(", ", Binders.Keys)}.");
            bind(builder, section);
        }
        return builder;
    }

    private static void Bind<TOptions>(IPuzzleBuilder builder, IConfigurationSection section)
        where TOptions : class => builder.Options<TOptions>(options =>
    {
        // The binder adds to a list that is there.
        foreach (PropertyInfo list
            in typeof(TOptions)
                .GetProperties()
                .Where(property => property.PropertyType == typeof(IList<string>) && section.GetSection(property.Name).Exists()))
            list.SetValue(options, new List<string>());
        foreach (PropertyInfo property in typeof(TOptions).GetProperties())
            ConfiguredValue.Check(section.GetSection(property.Name), property.PropertyType);
        section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
    });
}
