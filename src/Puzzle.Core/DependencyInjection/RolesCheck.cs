using Microsoft.Extensions.Options;
using Puzzle.Distillation;
using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Options without a value, whose check at a host's start is whether the registered roles fit the options: an objective that the scorer
/// does not measure is found before the first run.
/// </summary>
internal sealed class RolesCheck
{
    /// <summary>Creates the pipeline, where every role is there.</summary>
    /// <param name="services">The container.</param>
    internal sealed class Validator(IServiceProvider services) : IValidateOptions<RolesCheck>
    {
        private static readonly Type[] Roles =
        [
            typeof(IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>),
            typeof(IDistiller<GlobalDistillationRequest, GlobalDistillationResult>), typeof(IBlockScorer), typeof(IThroughputProfiler),
            typeof(IArchitectureSolver),
        ];

        /// <inheritdoc/>
        public ValidateOptionsResult Validate(string? name, RolesCheck options)
        {
            // Who uses some of the roles alone has no pipeline.
            if (services.GetService<IServiceProviderIsService>() is { } registered && !Roles.All(registered.IsService))
                return ValidateOptionsResult.Skip;
            try
            {
                services.GetRequiredService<PuzzlePipeline>();
                return ValidateOptionsResult.Success;
            }
            // Options that are wrong by themselves are reported as theirs.
            catch (OptionsValidationException)
            {
                return ValidateOptionsResult.Skip;
            }
            catch (ArgumentException wrong)
            {
                return ValidateOptionsResult.Fail(wrong.Message);
            }
        }
    }
}
