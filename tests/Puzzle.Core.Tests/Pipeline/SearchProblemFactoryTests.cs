using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

public sealed class SearchProblemFactoryTests
{
    [Fact]
    public void Create_WeightedObjective_SumsEachMetricInItsDirection()
    {
        using CausalLanguageModel parent = TinyModel.Create(TinyModel.Config(layers: 1));
        BlockVariant own = TinyModel.OwnBlock(parent, 0);
        var scores = new Dictionary<string, BlockScore>
        {
            [own.Id] = new(own.Id, 0, own.Config.Name, "data", new Dictionary<string, double> { ["kl_div"] = 0.5, ["top1"] = 0.25 }),
        };

        SearchProblem harm = Create("2*kl_div+top1"), gain = Create("top1");

        Assert.Equal((ObjectiveDirection.Minimize, 0.75), (harm.Direction, harm.Layers[0][0].Score));
        Assert.Equal((ObjectiveDirection.Maximize, 0.25), (gain.Direction, gain.Layers[0][0].Score));
        Assert.Contains("lm_loss", Assert.Throws<ArgumentException>(() => Create("kl_div+lm_loss")).Message, StringComparison.Ordinal);

        SearchProblem Create(string objective)
        {
            var workload = new Workload(1, 4, 4);
            return SearchProblemFactory.Create(
                [[own]], scores, ScoreObjective.Parse(objective, ScoreMetric.All),
                new CostTable(
                    workload, "none",
                    new Dictionary<AttentionConfig, BlockCost> { [own.Config.Attention] = BlockCost.Zero },
                    new Dictionary<FfnConfig, BlockCost> { [own.Config.Ffn] = BlockCost.Zero }, BlockCost.Zero),
                new DeploymentTarget());
        }
    }
}
