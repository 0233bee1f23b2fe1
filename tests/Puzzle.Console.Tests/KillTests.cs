using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests;

/// <summary>
/// Every command, killed at random moments and then run to its end, leaves what an undisturbed one leaves. A few kills here; by
/// hand as many as <c>PUZZLE_KILLS</c> says, over all commands, at moments that <c>PUZZLE_SEED</c> decides.
/// </summary>
public sealed partial class KillTests : IDisposable
{
    private static readonly int? KillsByHand = Number("PUZZLE_KILLS");
    private static readonly string[] Few = ["solve", "export-onnx", "distill"];
    private static readonly string[] All =
    [
        "compress", "distill-blocks", "score", "distill", "distill-data-free", "export-llama", "export-modelopt", "export-decilm",
        "export-per-layer-config", "export-onnx", "generate", "evaluate", "solve", "frontier", "plan", "explain", "compare", "doctor",
        "completion", "chat",
    ];

    // The others print times, or nothing that matters: only what they leave can be compared.
    private static readonly string[] Printing = [
        "score", "generate", "evaluate", "solve", "frontier", "explain", "compare", "completion", "chat",
    ];

    private readonly TinyRun _run = new();

    public KillTests()
    {
        using CausalLanguageModel child = TinyModel.Create(TinyModel.Config(2) with
        {
            Architecture = new Architecture(
                [new BlockConfig(new GroupedQueryAttentionConfig(2), new GatedFfnConfig(24)), BlockConfig.Parse("gqa-4/noop")]),
        });
        child.Save(_run["child"]);
        using CausalLanguageModel writer = TinyModel.Create(TinyModel.Config(2) with { BeginOfTextId = 1, EndOfTextIds = [2] });
        writer.Save(_run["writer"]);
        Tokenizer.Load(_run.Parent).Save(_run["writer"]);
        Tokenizer.Load(_run.Parent).Save(_run["child"]);
        Directory.CreateDirectory(_run["library"]);
        File.WriteAllText(Path.Combine(_run["library"], "block_library.json"), Library());
    }

    public static TheoryData<string, int> Commands => KillsByHand is { } kills
        ? [.. All.Select((command, i) => new TheoryDataRow<string, int>(command, (kills + i) / All.Length))]
        : [.. Few.Select(command => new TheoryDataRow<string, int>(command, 1))];

    public void Dispose() => _run.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void KilledAtRandomMoments_RunToItsEnd_LeavesTheSame(string command, int kills)
    {
        var random = new Random((Number("PUZZLE_SEED") ?? 7) + Array.IndexOf(All, command));
        if (command is "explain" or "compare")
            Finish("compress", "done");
        long begun = Environment.TickCount64;
        Outcome expected = Finish(command, "whole");
        int longest = (int)(Environment.TickCount64 - begun);

        for (int kill = 0; kill < kills;)
        {
            string work = string.Create(CultureInfo.InvariantCulture, $"killed{kill}");
            for (int times = random.Next(1, 4); times > 0 && kill < kills; times--, kill++)
            {
                // Whenever it is killed, what follows has to be true.
                using ConsoleProcess process = ConsoleProcess.StartReading(_run["home"], Input(command), Arguments(command, work));
                Thread.Sleep(random.Next(longest));
                process.Kill();
            }
            Outcome found = Finish(command, work);
            Assert.Equal(expected.Output, found.Output);
            Assert.Equal(expected.Files, found.Files);
        }
    }

    private Outcome Finish(string command, string work)
    {
        Directory.CreateDirectory(_run["home"]);
        using ConsoleProcess process = ConsoleProcess.StartReading(_run["home"], Input(command), Arguments(command, work));
        ConsoleResult result = process.WaitForExit();
        Assert.True(result.ExitCode == 0, $"{command}: {result.Output}{result.Error}");
        string[] left = [
            .. Directory.GetFileSystemEntries(_run["home"], "puzzle-*"),
            .. Directory.Exists(_run[work]) ? Directory.GetFileSystemEntries(_run[work], ".*", SearchOption.AllDirectories) : []
        ];
        Assert.Empty(left);
        return new Outcome(Printing.Contains(command) ? Seconds().Replace(result.Output, "") : "", Files(_run[work]));
    }

    private static string Input(string command) => command == "chat" ? "one\ntwo three\n" : "";

    // Times, and what follows from them, are others in each run.
    private static SortedDictionary<string, string> Files(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [])
        {
            string name = Path.GetRelativePath(folder, path);
            bool isTimed = name.StartsWith("records", StringComparison.Ordinal) || name.StartsWith("costs", StringComparison.Ordinal)
                || !name.Contains(Path.DirectorySeparatorChar);
            if (!isTimed)
                files.Add(name, name.EndsWith(".jsonl", StringComparison.Ordinal) ? string.Join(
                    '\n', File.ReadLines(path).Order(StringComparer.Ordinal)) : Convert.ToHexString(File.ReadAllBytes(path)));
        }
        return files;
    }

    private string[] Arguments(string command, string work)
    {
        string to = _run[work];
        string[] text = ["--parent", _run.Parent, "--text", _run.Text, "--sequence", "32"];
        return command switch
        {
            "compress" => _run.Arguments(work),
            "distill-blocks" => _run.Distillation(work),
            "score" => ["score", .. text, "--work", to, "--bld-steps", "2", "--score-windows", "4", "--json"],
            "distill" => ["distill", .. text, "--child", _run["child"], "--work", to, "--gkd-steps", "3", "--json"],
            "distill-data-free" => [
                "distill", "--parent", _run["writer"], "--child", _run["child"], "--data-free", "--tokens", "3000", "--sequence", "32",
                "--work", to, "--gkd-steps", "3"
            ],
            "export-llama" => ["export", "--model", _run.Parent, "--format", "llama", "--out", Path.Combine(to, "out")],
            _ when command.StartsWith("export-", StringComparison.Ordinal) => [
                "export", "--model", _run["child"], "--format", command["export-".Length..], "--out", Path.Combine(to, "out")
            ],
            "generate" => ["generate", "--model", _run["child"], "--opening", "one", "--tokens", "16", "--engine", "onnx"],
            "evaluate" =>
                ["evaluate", "--model", _run["child"], "--parent", _run.Parent, "--text", _run.Text, "--sequence", "32", "--json"],
            "plan" => ["plan", .. _run.Arguments(work)],
            "explain" => ["explain", "--work", _run["done"], "--json"],
            "compare" => ["compare", _run["done"], _run["done"]],
            "doctor" => ["doctor"],
            "completion" => ["completion", "bash"],
            "chat" => ["chat", "--model", _run["child"], "--tokens", "8"],
            "solve" => ["solve", "--library", _run["library"], "--max", "memory_bytes=900", "--json", "--png", Made(to, "picture.png")],
            _ =>
                ["frontier", "--library", _run["library"], "--sweep", "memory", "--points", "5", "--json", "--csv", Made(to, "points.csv")],
        };

        static string Made(string folder, string file) => Path.Combine(Directory.CreateDirectory(folder).FullName, file);
    }

    private static string Library()
    {
        var text = new StringBuilder("{");
        for (int layer = 0; layer < 6; layer++)
        {
            IEnumerable<string> variants = Enumerable.Range(0, 5).Select(i => string.Create(
                CultureInfo.InvariantCulture, $$"""
                "gqa-{{8 - i}}/{{64 - i}}": {"stats": {"memory_bytes": {{200 - (30 * i) + layer}}}, "metrics": {"kl_div": {{i * (layer + 1) * 0.125}}}, "is_parent": {{(i == 0 ? "true" : "false")}}}
                """));
            text.Append(CultureInfo.InvariantCulture, $"{(layer == 0 ? "" : ",")}\"layer_{layer}\": {{{string.Join(',', variants)}}}");
        }
        return text.Append('}').ToString();
    }

    // The time that a search took is another each time.
    [GeneratedRegex("""
        "seconds": [^,\s]*
        """)]
    private static partial Regex Seconds();

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;

    private sealed record Outcome(string Output, SortedDictionary<string, string> Files);
}
