using Puzzle.Foundation;
using Puzzle.Work;

namespace Puzzle.Tests.Work;

public sealed class WorkPlanTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThenRead_GivesTheSamePlan()
    {
        WorkPlan plan = SharedFolder.PlanOf(new LetterRunner(5));

        plan.Write(_folder["plan.json"]);
        WorkPlan read = WorkPlan.Read(_folder["plan.json"]);

        Assert.Equal(plan, read);
        Assert.Equal(plan.Units, read.Units);
        Assert.Equal("a b", read.Arguments[1]);
    }

    [Theory]
    [InlineData("\"parent-1\"", "\"parent-2\"", "digest")]
    [InlineData("\"unit-001\"", "\"unit-000\"", "twice")]
    [InlineData("\"unit-001\"", "\"../unit\"", "no name of a unit")]
    [InlineData("\"operations\": 2", "\"operations\": -2", "that are none")]
    [InlineData("\"version\": 1", "\"version\": 7", "version 7; expected 1")]
    [InlineData("\"plan\"", "\"plane\"", "not valid JSON")]
    public void Read_ChangedFile_SaysWhatIsWrong(string from, string to, string expected)
    {
        SharedFolder.PlanOf(new LetterRunner(5)).Write(_folder["plan.json"]);
        string text = File.ReadAllText(_folder["plan.json"]);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(_folder["plan.json"], text.Replace(from, to, StringComparison.Ordinal));

        CheckpointFormatException fault = Assert.Throws<CheckpointFormatException>(() => WorkPlan.Read(_folder["plan.json"]));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains("plan.json", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteAsync_PlanOfOtherInputs_IsRefused()
    {
        using var shared = new SharedFolder();
        WorkUnit changed = shared.Plan.Units[3] with { Recipe = "another" };
        WorkPlan other = shared.Plan with { Units = [.. shared.Plan.Units.Take(3), changed] };

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new InProcessExecutor(new LetterRunner(12), shared.Path).ExecuteAsync(other, null, default));

        Assert.Contains("unit 3 would be made by another recipe", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderThatCannotBeMade_NamesIt()
    {
        File.WriteAllText(_folder["shared"], "");

        IOException refused = Assert.ThrowsAny<IOException>(() => WorkFolder.Open(_folder.Path, SharedFolder.PlanOf(new LetterRunner(1))));

        Assert.Contains("shared", refused.Message, StringComparison.Ordinal);
    }
}
