using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Work;

namespace Puzzle.Tests.Blockwise;

public sealed class BlockUnitsTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CausalLanguageModel _parent = TinyModel.Loud();
    private readonly BlockwiseDistillationOptions _options = BlockwiseCases.Options(3);
    private readonly WorkOptions _work = new() { HeartbeatInterval = TimeSpan.FromMilliseconds(10) };

    public void Dispose()
    {
        _parent.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task SharesOfSeveralWorkers_Merged_AreTheBytesOfOneDistillation()
    {
        using (DirectoryBlockLibrary alone = DirectoryBlockLibrary.Open(_folder["alone"], "parent"))
            await _options.DistilAsync(BlockwiseCases.Request(_parent, alone));
        WorkPlan plan = Plan();

        await Task.WhenAll(Enumerable.Range(1, 3).Append(2).Select(index => WorkAsync(plan, new WorkShare(index, 3))));
        using (DirectoryBlockLibrary merged = DirectoryBlockLibrary.Open(_folder["merged"], "parent"))
            WorkMerge.Merge(merged, WorkFolder.Open(_folder.Path, plan).Libraries);

        Assert.Equal(Content("alone"), Content("merged"));
        Assert.Equal(plan.Units.Count, Directory.GetFiles(Path.Combine(_folder["merged"], "variants")).Length);
    }

    [Fact]
    public async Task TextInParts_SharesOfSeveralWorkers_AreMadeToo()
    {
        _options.MaxActivationBytes = 1;
        WorkPlan plan = Plan();

        IReadOnlyList<UnitOutcome> outcomes = await WorkAsync(plan, new WorkShare(2, 3));

        Assert.NotEmpty(outcomes);
        Assert.All(outcomes, outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
    }

    [Fact]
    public async Task UnitThatDiverges_IsSetAsideAndOthersAreMade()
    {
        using CausalLanguageModel broken = TinyModel.Loud();
        // The second layer gives what is no number, so that every unit from there on fails.
        using (TorchSharp.torch.no_grad())
            broken.Blocks[1].Ffn.Weights.First().Value.fill_(float.NaN);
        BlockUnits units = Units(broken);
        WorkPlan plan = PlanOf(units);

        IReadOnlyList<UnitOutcome> outcomes = await new InProcessExecutor(units, _folder.Path, null, null, _work)
            .ExecuteAsync(plan, null, default);

        UnitOutcome[] aside = [.. outcomes.Where(outcome => outcome.Status == UnitStatus.Quarantined)];
        Assert.All(aside, outcome => Assert.True(outcome.Unit.Layer > 0));
        Assert.NotEmpty(aside);
        Assert.Contains("diverged", File.ReadAllText(aside[0].Log!), StringComparison.Ordinal);
        Assert.All(outcomes.Where(outcome => outcome.Unit.Layer == 0), outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
    }

    [Fact]
    public void VariantsIn_LibraryThatLacksUnits_SaysHowMany()
    {
        using var library = new MemoryBlockLibrary();

        InvalidOperationException lacking = Assert.Throws<InvalidOperationException>(() => Units(_parent).VariantsIn(library));

        Assert.Contains("lacks 18 of 18 units", lacking.Message, StringComparison.Ordinal);
    }

    private BlockUnits Units(CausalLanguageModel parent) =>
        new(BlockwiseCases.Request(parent, new MemoryBlockLibrary()), _options);

    private WorkPlan Plan() => PlanOf(Units(_parent));

    private static WorkPlan PlanOf(BlockUnits units) =>
        new(WorkStage.Blocks, "parent", new Dictionary<string, string>(), [], units.Units);

    private Task<IReadOnlyList<UnitOutcome>> WorkAsync(WorkPlan plan, WorkShare share) => Task.Run(() =>
        new InProcessExecutor(Units(_parent), _folder.Path, share, null, _work).ExecuteAsync(plan, null, default));

    private SortedDictionary<string, string> Content(string library) => new(
        Directory.GetFiles(_folder[library], "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(_folder[library], file), file => Convert.ToHexString(File.ReadAllBytes(file))),
        StringComparer.Ordinal);
}
