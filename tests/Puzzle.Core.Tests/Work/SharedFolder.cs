using Puzzle.Library;
using Puzzle.Work;

namespace Puzzle.Tests.Work;

/// <summary>A work folder, a plan of its own, and what becomes of it.</summary>
internal sealed class SharedFolder : IDisposable
{
    public const string Parent = "parent-1";

    private readonly TestFolder _folder = new();

    public SharedFolder(int units = 12) => Plan = PlanOf(new LetterRunner(units));

    public WorkPlan Plan { get; }

    public string Path => _folder.Path;

    /// <summary>Signs of life that come quickly; nothing waits for them to cease.</summary>
    public WorkOptions Options { get; } = new() { HeartbeatInterval = TimeSpan.FromMilliseconds(100) };

    public WorkFolder Folder => WorkFolder.Open(Path, Plan, Options);

    public string this[string name] => _folder[name];

    public static WorkPlan PlanOf(LetterRunner runner) => new(
        WorkStage.Scores, Parent, new Dictionary<string, string> { ["text"] = "text-1" }, ["--text", "a b"], runner.Units);

    public Task<IReadOnlyList<UnitOutcome>> WorkAsync(
        LetterRunner runner, WorkShare? share = null, CancellationToken cancellationToken = default) =>
        new InProcessExecutor(runner, Path, share, null, Options).ExecuteAsync(Plan, null, cancellationToken);

    /// <summary>Merges, and gives every file of the merged library.</summary>
    public SortedDictionary<string, string> Merge(string name = "library")
    {
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(_folder[name], Parent))
            WorkMerge.Merge(library, Folder.Libraries);
        return new SortedDictionary<string, string>(
            Directory.GetFiles(_folder[name], "*", SearchOption.AllDirectories)
                .ToDictionary(file => System.IO.Path.GetRelativePath(_folder[name], file), File.ReadAllText), StringComparer.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
