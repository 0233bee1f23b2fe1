using System.Text.Json;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Help_Root_NamesEveryCommand()
    {
        ConsoleResult help = ConsoleProcess.Run("--help");

        Assert.Equal(0, help.ExitCode);
        Assert.All(new[] { "--parent", "generate", "evaluate", "distill-blocks", "score", "export", "solve", "frontier" },
            word => Assert.Contains(word, help.Output));
        Assert.Empty(help.Error);
    }

    [Fact]
    public void UnknownOption_Fails()
    {
        ConsoleResult result = ConsoleProcess.Run("evaluate", "--modle", "x");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--modle", result.Error);
        Assert.DoesNotContain("Usage", result.Output);
    }

    [Fact]
    public void EvaluateJson_Text_PrintsExactlyOneObject()
    {
        ConsoleResult result = ConsoleProcess.Run("evaluate", "--model", _run.Parent, "--text", _run.Text, "--sequence", "32", "--json");

        Assert.Equal(0, result.ExitCode);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        Assert.True(double.IsFinite(document.RootElement.GetProperty("lm_loss").GetDouble()));
    }

    [Fact]
    public void ScoreJson_Starts_TrainingFreeIsThePapersAndClosedFormIsAnother()
    {
        string trainingFree = Score("--training-free"), paper = Score("--starts", "paper"), fitted = Score("--starts", "closed-form");

        Assert.Equal(trainingFree, paper);
        Assert.NotEqual(paper, fitted);
        using JsonDocument one = JsonDocument.Parse(paper), other = JsonDocument.Parse(fitted);
        Assert.Equal(one.RootElement.GetProperty("rows").GetArrayLength(), other.RootElement.GetProperty("rows").GetArrayLength());

        string Score(params string[] starts)
        {
            ConsoleResult result = ConsoleProcess.Run(
                ["score", "--parent", _run.Parent, "--text", _run.Text, "--sequence", "32", "--score-windows", "4", "--json", .. starts]);
            Assert.True(result.ExitCode == 0, result.Error);
            return result.Output;
        }
    }

    [Fact]
    public void EvaluateJson_Task_PrintsExactlyOneObject()
    {
        File.WriteAllText(_run["l.jsonl"], string.Join(
            '\n', Enumerable.Range(0, 4).Select(i => $$"""{"text":"passage {{(char)('a' + i)}} ends so"}""")));

        ConsoleResult result = ConsoleProcess.Run(
            "evaluate", "--model", _run.Parent, "--task", "lambada", "--data", _run["l.jsonl"], "--shots", "1", "--json");

        Assert.True(result.ExitCode == 0, result.Error);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        Assert.Equal(3, document.RootElement.GetProperty("questions").GetInt32());
        Assert.Equal(3, document.RootElement.GetProperty("categories").GetProperty("lambada").GetProperty("questions").GetInt32());
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "--parent {parent} --text {text} --speedup -1", "--speedup" },
        { "--parent {absent} --text {text} --work {work} --prompt 16 --generate 8 --sequence 32", "absent" },
        { "--parent {parent} --text {absent} --work {work} --prompt 16 --generate 8 --sequence 32", "absent" },
        { "--parent {parent} --text {empty} --work {work} --prompt 16 --generate 8 --sequence 32", "no text" },
        { "--parent {parent} --text {short} --work {work} --prompt 16 --generate 8 --sequence 32", "token" },
        { "--parent {nan} --text {text} --work {work} --prompt 16 --generate 8 --sequence 32", "finite" },
        { "--parent {cut} --text {text} --work {work} --prompt 16 --generate 8 --sequence 32", "model.safetensors" },
        { "--parent {words} --text {text} --work {work} --prompt 16 --generate 8 --sequence 32", "vocabulary" },
        { "--work {absent} --resume", "no run to resume" },
        { "evaluate --model {parent} --task lambada", "--data" },
        { "evaluate --model {parent} --task chess --data {text}", "chess" },
        { "evaluate --model {parent} --task blimp --data {text}", "line 1" },
        { "evaluate --model {parent} --token-windows {text}", "JSON" },
        { "evaluate --model {parent}", "--token-windows" },
        { "score --parent {parent} --text {text} --training-free --starts closed-form", "--starts" },
        { "score --parent {parent} --text {text} --library {work} --starts closed-form", "--library" },
        { "--speedup fast", "expected a number such as 0.5" },
        { "--speedup 1.5 --batch 1,5", "expected a whole number" },
        { "solve --library {text} --max memory_bytes=1 --time-limit x", "expected a number" },
        { "evaluate --model {absent} --text {text}", "no folder" },
        { "evaluate --model {text} --text {text}", "expected a folder" },
        { "evaluate --model {parent} --text {parent}", "this is a folder" },
        { "evaluate --model {parent} --token-windows {parent}", "this is a folder" },
        { "evaluate --model {parent} --task lambada --data {parent}", "this is a folder" },
        { "solve --library {absent}", "no such file" },
        { "solve --library {library} --for vllm", "--parent" },
        { "solve --library {library} --for vllm --parent {parent}", "the library has 1 layers" },
        { "distill-blocks --parent {parent} --text {text} --work {work} --coupled {parent}", "this is a folder" },
        { "compare {absent}", "no folder" },
        { "--parent {parent} --text {text} --speedup 1.1 --device tpu", "'tpu'" },
        { "generate --model {parent} --device cuda:x", "'cuda:x'" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistake_OptionOrFile_IsOneClearLine(string arguments, string expected)
    {
        ConsoleResult result = ConsoleProcess.Run(arguments.Split(' ').Select(Path));

        Assert.Contains(expected, result.SingleError(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("System.", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Usage", result.Output, StringComparison.Ordinal);
    }

    private string Path(string argument) => argument switch
    {
        "{parent}" => _run.Parent,
        "{text}" => _run.Text,
        "{library}" => Written("block_library.json", """{"layer_0":{"gqa-4/48":{"metrics":{"kl_div":0},"stats":{"runtime_ms":1}}}}"""),
        "{empty}" => Written("empty.txt", ""),
        "{short}" => Written("short.txt", "too short"),
        "{nan}" => Damaged("nan", bytes => [.. bytes[..^4], .. BitConverter.GetBytes(float.NaN)]),
        "{cut}" => Damaged("cut", bytes => bytes[..^1]),
        "{words}" => MoreWords(),
        ['{', .. var name, '}'] => _run[name],
        _ => argument,
    };

    private string Written(string name, string text)
    {
        File.WriteAllText(_run[name], text);
        return _run[name];
    }

    private string Damaged(string name, Func<byte[], byte[]> damage)
    {
        CopyParent(name);
        File.Delete(System.IO.Path.Combine(_run[name], "puzzle-digests.json"));
        string weights = System.IO.Path.Combine(_run[name], "model.safetensors");
        File.WriteAllBytes(weights, damage(File.ReadAllBytes(weights)));
        return _run[name];
    }

    private string MoreWords()
    {
        using CausalLanguageModel small = TinyModel.Create(TinyModel.Config(2) with { VocabularySize = 20 });
        small.Save(_run["words"]);
        Tokenizer.Load(_run.Parent).Save(_run["words"]);
        return _run["words"];
    }

    private void CopyParent(string name)
    {
        Directory.CreateDirectory(_run[name]);
        foreach (string file in Directory.GetFiles(_run.Parent))
            File.Copy(file, System.IO.Path.Combine(_run[name], System.IO.Path.GetFileName(file)));
    }
}
