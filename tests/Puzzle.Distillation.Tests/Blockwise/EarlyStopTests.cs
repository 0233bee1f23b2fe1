using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;

namespace Puzzle.Tests.Blockwise;

public sealed class EarlyStopTests
{
    private static BlockwiseDistillationOptions Options() => new()
    {
        Steps = 100,
        WarmupShare = 0.1,
        LearningRate = 2,
        StopWhenFlat = true,
        CheckEvery = 10,
        Patience = 2,
        FlatTolerance = 0.1,
        DecayShare = 0.2,
    };

    [Fact]
    public void UnitSchedule_LossThatKeepsFalling_TakesEveryStep()
    {
        var schedule = new UnitSchedule(Options());
        double loss = 1;
        int checks = 0;
        for (int step = 0; step < schedule.End; step++)
        {
            if (!schedule.IsCheck(step))
                continue;
            schedule.Check(step, loss *= 0.8);
            checks++;
        }

        Assert.Equal(100, schedule.End);
        Assert.Equal(7, checks);
        Assert.Equal(0.2, schedule.At(0), 1e-12);
        Assert.Equal([2, 2, 2], new[] { 9, 50, 80 }.Select(schedule.At));
        Assert.InRange(schedule.At(90), 0.9, 1.2);
        Assert.InRange(schedule.At(99), 0.1, 0.13);
    }

    [Fact]
    public void UnitSchedule_FlatLoss_ComesDownAtOnceAndInFull()
    {
        var schedule = new UnitSchedule(Options());
        schedule.Check(9, 1);
        schedule.Check(19, 0.85);
        schedule.Check(29, 0.8);
        Assert.Equal(100, schedule.End);

        schedule.Check(39, 0.78);

        Assert.Equal(60, schedule.End);
        Assert.Equal((2, 2), (schedule.At(39), schedule.At(40)));
        Assert.InRange(schedule.At(59), 0.1, 0.13);
        Assert.DoesNotContain(Enumerable.Range(40, 20), schedule.IsCheck);
    }

    [Fact]
    public void UnitSchedule_NotAdaptive_IsTheCosineOverAllSteps()
    {
        BlockwiseDistillationOptions options = Options();
        options.StopWhenFlat = false;
        var schedule = new UnitSchedule(options);

        Assert.Equal(100, schedule.End);
        Assert.DoesNotContain(Enumerable.Range(0, 100), schedule.IsCheck);
        Assert.Equal(0.2, schedule.At(0), 1e-12);
        Assert.Equal(2, schedule.At(10));
        Assert.Equal(2 * (0.05 + (0.95 / 2)), schedule.At(55), 1e-12);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1, 0)]
    [InlineData(3, 0.5)]
    public void UnitSchedule_FewSteps_GivesEachAPositiveRate(int steps, double decayShare)
    {
        BlockwiseDistillationOptions options = Options();
        (options.Steps, options.DecayShare) = (steps, decayShare);
        var schedule = new UnitSchedule(options);

        Assert.Equal(steps, schedule.End);
        Assert.All(Enumerable.Range(0, steps), step => Assert.InRange(schedule.At(step), 0.05, 2));
    }

    [Fact]
    public async Task DistillAsync_FlatLoss_SavesStepsAndSaysSo()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(60, learningRate: 1e-9);
        (options.StopWhenFlat, options.CheckEvery, options.Patience) = (true, 4, 2);
        SearchSpace space = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new GatedFfnConfig(16)]);

        BlockwiseDistillationResult result = await options.DistilAsync(BlockwiseCases.Request(parent, library, space));
        BlockwiseDistillationResult again = await options.DistilAsync(BlockwiseCases.Request(parent, library, space));
        options.Workers = 1;
        BlockwiseDistillationResult alone = await options.DistilAsync(BlockwiseCases.Request(parent, other, space));

        // Checks after 4, 8 and 12 steps; then 15 steps down.
        Assert.Equal((3 * 60, 3 * 27), (result.StepsPlanned, result.StepsTaken));
        Assert.Equal((result.StepsPlanned, result.StepsTaken), (again.StepsPlanned, again.StepsTaken));
        Assert.Equal(result.Variants, alone.Variants);
        IReadOnlyList<LossRecord> curve = library.ReadCurve(result.Variants.First(variant => variant.Key.Config == "16"));
        Assert.Equal([3, 7, 11, 26], curve.Where(point => point.HeldOutLoss is not null).Select(point => point.Step));
    }

    [Fact]
    public void Create_StopWhenFlatWithoutHeldOutWindows_Throws() =>
        Assert.Throws<OptionsValidationException>(
            () => new BlockwiseDistiller(new BlockwiseDistillationOptions { StopWhenFlat = true, HeldOutWindows = 0 }));
}
