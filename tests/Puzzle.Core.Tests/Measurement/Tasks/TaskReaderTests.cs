using System.IO.Compression;
using Puzzle.Foundation;
using Puzzle.Measurement.Tasks;

namespace Puzzle.Tests.Measurement.Tasks;

public sealed class TaskReaderTests
{
    [Fact]
    public void Mmlu_QuotedFieldsAndExamples_GiveThePrompt()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["test"]);
        Directory.CreateDirectory(folder["dev"]);
        File.WriteAllText(Path.Combine(folder["test"], "formal_logic_test.csv"),
            "question,choice0,choice1,choice2,choice3,answer\r\n\"Is \"\"it\"\",\r\nso?\",w,\"x,y\",,z,2\r\n");
        File.WriteAllText(Path.Combine(folder["dev"], "formal_logic_dev.csv"), "One?,1,2,3,4,A\nTwo?,1,2,3,4,B");

        TaskQuestion bare = Assert.Single(MmluReader.Read(folder.Path)), shown = Assert.Single(MmluReader.Read(folder.Path, shots: 2));

        Assert.Equal("Is \"it\",\r\nso?\nA. w\nB. x,y\nC. \nD. z\nAnswer:", bare.Context);
        Assert.Equal((2, "formal_logic"), (bare.Answer, bare.Category));
        Assert.Equal([" A", " B", " C", " D"], bare.Choices);
        const string Preamble = "The following are multiple choice questions (with answers) about formal logic.\n\n";
        Assert.Equal(Preamble, bare.Preamble);
        Assert.Equal(Preamble + "One?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: A\n\nTwo?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: B\n\n", shown.Preamble);
        Assert.Contains("formal_logic has 2", Assert.Throws<ArgumentException>(() => MmluReader.Read(folder.Path, shots: 3)).Message);
    }

    [Theory]
    [InlineData("", "no question")]
    [InlineData("question,a,b,c,d,answer\n", "no question")]
    [InlineData("Q,1,2,3,4,E", "end in 'E'")]
    [InlineData("Q,1,2,3,4", "5 fields")]
    [InlineData("Q,1,2,3,4,0,1", "7 fields")]
    [InlineData("Q,1,2,3,4,01", "question 1")]
    [InlineData("Q,\"1,2,3,4,0", "row 1: a quoted field does not end")]
    [InlineData("Q,\"1\"x,2,3,4,0", "follows a closing quote")]
    public void Mmlu_MalformedFile_SaysWhatIsWrong(string text, string expected)
    {
        using var folder = new TestFolder();
        string file = folder["x_test.csv"];
        File.WriteAllText(file, text);

        CheckpointFormatException problem = Assert.Throws<CheckpointFormatException>(() => MmluReader.Read(file));

        Assert.Equal(file, problem.File);
        Assert.Matches(expected, problem.Message);
    }

    [Fact]
    public void Mmlu_BlankLines_ArePassedOver()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["x_test.csv"], "\nOne?,1,2,3,4,A\r\n\r\n  \nTwo?,1,2,3,4,B\n\n");

        Assert.Equal(2, MmluReader.Read(folder["x_test.csv"]).Count);
    }

    [Fact]
    public void Lambada_LineSeparatorsInsideStrings_EndNoLine()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["l.jsonl"], "\uFEFF{\"text\": \"one\u2028two\u0085 three\"}\r\n{\"text\": \"four five\"}\n");

        Assert.Equal(["one\u2028two\u0085", "four"], LambadaReader.Read(folder["l.jsonl"]).Select(question => question.Context));
    }

    [Theory]
    [InlineData("faults/mmlu-blank-line")]
    [InlineData("faults/lam_ls.jsonl")]
    public void SharedFaults_AreTwoQuestions(string path)
    {
        string data = SharedData.Require(path);
        string file = Directory.Exists(data) ? Directory.GetFiles(data, "*.csv", SearchOption.AllDirectories).Single() : data;

        Assert.Equal(2, (file.EndsWith(".csv", StringComparison.Ordinal) ? MmluReader.Read(file) : LambadaReader.Read(file)).Count);
    }

    [Fact]
    public void Read_Folder_SaysThatItIsOne()
    {
        using var folder = new TestFolder();

        Assert.Contains(
            "this is a folder", Assert.Throws<CheckpointFormatException>(() => LambadaReader.Read(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mmlu_FolderWithoutTests_Throws()
    {
        using var folder = new TestFolder();
        Assert.Throws<CheckpointFormatException>(() => MmluReader.Read(folder.Path));
        Assert.Throws<CheckpointFormatException>(() => MmluReader.Read(folder["absent.csv"]));
    }

    [Fact]
    public void Blimp_FileFolderOrZip_GiveTheSamePairs()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["data"]);
        string file = Path.Combine(folder["data"], "p.jsonl");
        File.WriteAllText(file, """{"sentence_good":"A b.","sentence_bad":"B a.","UID":"p"}""" + "\n\n" + """{"sentence_good":"C","sentence_bad":"D","UID":"p"}""");
        ZipFile.CreateFromDirectory(folder["data"], folder["blimp.zip"], CompressionLevel.Optimal, includeBaseDirectory: true);

        foreach (string path in new[] { file, folder["data"], folder["blimp.zip"] })
        {
            IReadOnlyList<TaskQuestion> pairs = BlimpReader.Read(path);
            Assert.Equal(2, pairs.Count);
            Assert.Equal(("", 0, "p"), (pairs[0].Context, pairs[0].Answer, pairs[0].Category));
            Assert.Equal(["A b.", "B a."], pairs[0].Choices);
        }
    }

    [Theory]
    [InlineData("{", "line 1: not valid JSON")]
    [InlineData("\n", "no question")]
    [InlineData("[]", "expected Object")]
    [InlineData("""{"sentence_good":"A","UID":"p"}""", "sentence_bad")]
    [InlineData("""{"sentence_good":"A","sentence_bad":1,"UID":"p"}""", "sentence_bad")]
    public void Blimp_MalformedFile_SaysWhatIsWrong(string text, string expected)
    {
        using var folder = new TestFolder();
        string file = folder["p.jsonl"];
        File.WriteAllText(file, text);

        CheckpointFormatException problem = Assert.Throws<CheckpointFormatException>(() => BlimpReader.Read(file));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Blimp_DamagedZip_Throws()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["x.zip"], "not a zip");
        Assert.Throws<CheckpointFormatException>(() => BlimpReader.Read(folder["x.zip"]));
        using (ZipArchive archive = ZipFile.Open(folder["y.zip"], ZipArchiveMode.Create))
        using (Stream entry = archive.CreateEntry("p.jsonl").Open())
            entry.Write([0xFF, 0xFE, 0xFF]);
        Assert.Throws<CheckpointFormatException>(() => BlimpReader.Read(folder["y.zip"]));
    }

    [Fact]
    public void Lambada_Passage_EndsInItsLastWord()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["l.jsonl"], """{"text":"I don't care about signs\n"}""");

        TaskQuestion passage = Assert.Single(LambadaReader.Read(folder["l.jsonl"]));

        Assert.Equal("I don't care about", passage.Context);
        Assert.Equal([" signs"], passage.Choices);
        File.WriteAllText(folder["l.jsonl"], """{"text":"word"}""");
        Assert.Contains("line 1", Assert.Throws<CheckpointFormatException>(() => LambadaReader.Read(folder["l.jsonl"])).Message);
    }

    [Fact]
    public void FewShot_OwnQuestions_AreNotAskedAsWell()
    {
        TaskQuestion[] questions = [
            new("1", ["a", "b"], 1, "x"), new("2", ["c"], 0, "y"), new("3", ["d"], 0, "x"), new("4", ["e"], 0, "y")];

        IReadOnlyList<TaskQuestion> shown = FewShot.PrependFirst(questions, 1);

        Assert.Equal([("1b\n\n", "3"), ("2c\n\n", "4")], shown.Select(question => (question.Preamble, question.Context)));
        Assert.Equal(questions, FewShot.PrependFirst(questions, 0));
        Assert.Throws<ArgumentException>(() => FewShot.PrependFirst(questions, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => FewShot.PrependFirst(questions, -1));
    }

    [Fact]
    public void SharedTasks_WholeFiles_HoldEveryQuestion()
    {
        IReadOnlyList<TaskQuestion> mmlu = MmluReader.Read(SharedData.Require("mmlu"), shots: 5);
        IReadOnlyList<TaskQuestion> blimp = BlimpReader.Read(SharedData.Require("blimp/BLiMP.zip"));
        IReadOnlyList<TaskQuestion> lambada = LambadaReader.Read(SharedData.Require("lambada/lambada_test.jsonl"));

        Assert.Equal((14042, 57), (mmlu.Count, mmlu.Select(question => question.Category).Distinct().Count()));
        Assert.Equal((67000, 67), (blimp.Count, blimp.Select(question => question.Category).Distinct().Count()));
        Assert.Equal(5153, lambada.Count);
        Assert.All(mmlu, question => Assert.EndsWith("\n\n", question.Preamble));
        Assert.All(lambada, question => Assert.Equal(1, question.Choices[0].Count(' '.Equals)));

        (IReadOnlyList<TaskQuestion> first, IReadOnlyList<TaskQuestion> second) = MmluHalves.Split(mmlu, seed: 1);
        Assert.Equal(14042, first.Count + second.Count);
        Assert.Equal([29, 28], new[] { first, second }.Select(half => half.Select(question => question.Category).Distinct().Count()));
    }

    [Fact]
    public void MmluHalves_AnySubset_IsDividedTheSameWay()
    {
        string[] humanities = [
            "formal_logic", "jurisprudence", "philosophy", "prehistory", "world_religions", "professional_law", "moral_disputes"];
        TaskQuestion[] all = [.. humanities.Append("virology")
            .SelectMany(subject => Enumerable.Range(0, 3).Select(i => new TaskQuestion($"{i}", ["a"], 0, subject)))];

        (IReadOnlyList<TaskQuestion> first, IReadOnlyList<TaskQuestion> second) = MmluHalves.Split(all, seed: 5);

        Assert.Equal(all.ToHashSet(), first.Concat(second).ToHashSet());
        Assert.Empty(first.Select(question => question.Category).Intersect(second.Select(question => question.Category)));
        Assert.Equal(first.Where(question => question.Category == "philosophy"),
            MmluHalves.Split([.. all.Where(question => question.Category == "philosophy")], seed: 5).First);
        Assert.Contains(Enumerable.Range(0, 8), seed => MmluHalves.Split(all, (ulong)seed).First.Count != first.Count
            || !MmluHalves.Split(all, (ulong)seed).First.SequenceEqual(first));
        Assert.Throws<ArgumentException>(() => MmluHalves.Split([new("", ["a"], 0, "cooking")], 1));
    }
}
