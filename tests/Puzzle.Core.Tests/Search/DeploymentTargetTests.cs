using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Tests.Search;

public sealed class DeploymentTargetTests
{
    private static readonly Workload Workload = new(256, 1000, 200);
    private static readonly Dictionary<CostName, double> Parent = new() { [CostName.Runtime] = 60_000, [CostName.Memory] = 1e11 };

    [Fact]
    public void ToConstraints_Throughput_BecomesRuntime()
    {
        ResourceConstraint constraint = Assert.Single(
            new DeploymentTarget { Throughput = CostBound.AtLeast(6000) }.ToConstraints(Workload, Parent));
        Assert.Equal(CostName.Runtime, constraint.Cost);
        Assert.Equal(51_200, constraint.Maximum, 1e-9);
        Assert.Equal(0, constraint.Minimum);
    }

    [Fact]
    public void ToConstraints_GeneratedThroughput_CountsGeneratedTokens()
    {
        ResourceConstraint constraint = Assert.Single(
            new DeploymentTarget { GeneratedThroughput = CostBound.Between(1000, 2000) }.ToConstraints(Workload, Parent));
        Assert.Equal(51_200, constraint.Maximum, 1e-9);
        Assert.Equal(25_600, constraint.Minimum, 1e-9);
    }

    [Fact]
    public void ToConstraints_Speedup_DividesTheParentsRuntime()
        => Assert.Equal(40_000, Assert.Single(DeploymentTarget.Speedup(1.5).ToConstraints(Workload, Parent)).Maximum, 1e-6);

    [Fact]
    public void ToConstraints_ShareOfParent_MultipliesItsTotal()
        => Assert.Equal(8.5e10,
            Assert.Single(new DeploymentTarget { Memory = CostBound.AtMostOfParent(0.85) }.ToConstraints(Workload, Parent)).Maximum);

    [Fact]
    public void ToConstraints_ShareOfUnknownCost_Throws()
        => Assert.Throws<ArgumentException>(
            () => new DeploymentTarget { Parameters = CostBound.AtMostOfParent(0.5) }.ToConstraints(Workload, Parent));

    [Fact]
    public void ToConstraints_EveryBound_NamesItsCost()
    {
        CostBound bound = CostBound.AtMost(5);
        var target = new DeploymentTarget
        {
            Memory = bound,
            Latency = bound,
            TimeToFirstToken = bound,
            TimePerOutputToken = bound,
            Parameters = bound,
            KeyValueMemory = bound,
            AttentionLayers = bound,
            Costs = new Dictionary<CostName, CostBound> { [new CostName("other")] = bound },
        };
        Assert.Equal(
            ["memory_bytes", "runtime_ms", "prefill_ms", "decode_ms", "num_params", "kv_bytes", "has_attention", "other"],
            target.ToConstraints(Workload, Parent).Select(constraint => constraint.Cost.Value));
    }

    [Fact]
    public void ToConstraints_MalformedBound_Throws()
        => Assert.Throws<ArgumentException>(
            () => new DeploymentTarget { Memory = CostBound.Between(2, 1) }.ToConstraints(Workload, Parent));

    public static TheoryData<string, DeploymentTarget> Nonsense() => new()
    {
        { "generated throughput", new DeploymentTarget { GeneratedThroughput = CostBound.AtLeast(1) } },
        { "time per output token", new DeploymentTarget { TimePerOutputToken = CostBound.AtMost(1) } },
        { "decode cost", new DeploymentTarget { Costs = new Dictionary<CostName, CostBound> { [CostName.Decode] = CostBound.AtMost(1) } } },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void ToConstraints_GenerationOfNothing_Throws(string what, DeploymentTarget target)
    {
        Assert.NotEmpty(what);
        Assert.NotEmpty(target.ToConstraints(Workload, Parent));
        Assert.Contains("generates none",
            Assert.Throws<ArgumentException>(() => target.ToConstraints(Workload with { GeneratedTokens = 0 }, Parent)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ToConstraints_PrefillTargetsWithoutGeneration_AreFine()
        => Assert.Equal(2, new DeploymentTarget { Throughput = CostBound.AtLeast(5), TimeToFirstToken = CostBound.AtMost(3) }.ToConstraints(
            Workload with { GeneratedTokens = 0 }, Parent).Count);

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.NaN)]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    public void ToConstraints_BoundThatIsNone_ThrowsForEveryKind(double minimum, double maximum)
    {
        foreach (bool isShare in new[] { false, true })
        {
            var bound = new CostBound(minimum, maximum, isShare);
            DeploymentTarget[] targets =
            [
                new() { Memory = bound },
                new() { Throughput = bound },
                new() { GeneratedThroughput = bound },
                new() { Latency = bound },
                new() { Costs = new Dictionary<CostName, CostBound> { [CostName.Memory] = bound } },
            ];
            Assert.All(targets, target => Assert.Throws<ArgumentException>(() => target.ToConstraints(Workload, Parent)));
        }
    }

    [Fact]
    public void ToConstraints_ThroughputOfAtMostNothing_Throws()
        => Assert.Throws<ArgumentException>(
            () => new DeploymentTarget { Throughput = CostBound.AtMost(0) }.ToConstraints(Workload, Parent));

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ToConstraints_ShareOfAParentThatHasNone_SaysSo(double total)
    {
        var parent = new Dictionary<CostName, double> { [CostName.KeyValueMemory] = total };
        string message = Assert.Throws<ArgumentException>(
            () => new DeploymentTarget { KeyValueMemory = CostBound.AtMostOfParent(0.5) }.ToConstraints(Workload, parent)).Message;
        Assert.Contains("means nothing", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToConstraints_ShareThatOverflows_Throws()
        => Assert.Throws<ArgumentException>(
            () => new DeploymentTarget { Memory = CostBound.AtMostOfParent(1e300) }.ToConstraints(Workload, Parent));
}
