using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Puzzle.Tests.Docs;

/// <summary>What the pages show compiles.</summary>
public sealed class CodeBlockTests
{
    // Pages leave using lines out that an editor adds; those that could mean two things are not among them.
    private static readonly string[] Usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks",
        "System.Runtime.CompilerServices",
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Puzzle", "Puzzle.Architectures",
        "Puzzle.Checkpoints", "Puzzle.Checkpoints.Gguf", "Puzzle.Cluster.Kubernetes", "Puzzle.Cluster.Slurm",
        "Puzzle.Deployment.Export", "Puzzle.Deployment.Generation", "Puzzle.Distillation", "Puzzle.Distillation.Blockwise",
        "Puzzle.Distillation.Global", "Puzzle.Foundation",
        "Puzzle.Library", "Puzzle.Measurement", "Puzzle.Measurement.Tasks", "Puzzle.Models", "Puzzle.Native", "Puzzle.Pipeline",
        "Puzzle.Planning", "Puzzle.Reporting", "Puzzle.Scoring",
        "Puzzle.Search", "Puzzle.Search.Interchange", "Puzzle.Search.Profiling", "Puzzle.Search.Scoring", "Puzzle.Search.Solving",
        "Puzzle.Testing", "Puzzle.Text", "Puzzle.Work", "TorchSharp",
    ];

    // What blocks take as there.
    private const string Given = """
        public static class Given
        {
            public static IServiceCollection services = null!;
            public static IConfiguration configuration = null!;
            public static CausalLanguageModel parent = null!, child = null!, model = null!;
            public static CheckpointFolder checkpoint = null!;
            public static string parentFingerprint = "", childFingerprint = "";
            public static Tokenizer tokenizer = null!;
            public static TokenCorpus corpus = null!, training = null!, scoring = null!;
            public static DownstreamTask task = null!;
            public static ScoredLibrary library = null!;
            public static IReadOnlyList<ResourceConstraint> constraints = null!;
            public static IArchitectureSolver solver = null!;
            public static IProgress<PuzzleProgress> progress = null!;
            public static CancellationToken cancellationToken;
            public static IReadOnlyDictionary<string, (double Prefill, double Decode)> prices = null!;
            public static double Judge(CausalLanguageModel model) => 0;
        }
        """;

    private static readonly string Repository = typeof(CodeBlockTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Repository").Value!;

    [Fact]
    public void Pages_EveryCSharpBlock_Compiles()
    {
        CodeBlock[] blocks = [.. Pages().SelectMany(page => CodeBlock.Read(page, "csharp"))];
        MetadataReference[] references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => !Path.GetFileName(file).StartsWith("xunit", StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith(
                "Puzzle.Sdk.Tests", StringComparison.Ordinal))
            .Select(file => MetadataReference.CreateFromFile(file))];

        string[] problems = [.. blocks.Where(block => block.Sample is null)
            .GroupBy(block => block.File)
            .SelectMany(page => Errors([.. page], references))];

        Assert.True(blocks.Length >= 15, $"{blocks.Length} blocks were found.");
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Fact]
    public void Pages_BlocksOfSamples_AreTheSamplesLines()
    {
        CodeBlock[] blocks = [.. Pages().SelectMany(page => CodeBlock.Read(page, "csharp")).Where(block => block.Sample is not null)];

        Assert.All(blocks, block =>
        {
            string[] sample = [.. File.ReadLines(Path.Combine(Repository, block.Sample!)).Select(line => line.Trim())];
            Assert.All(
                block.Code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0), line => Assert.Contains(line, sample));
        });
    }

    [Fact]
    public void Pages_EveryLinkToAFile_LeadsToOne()
    {
        foreach (string page in Pages())
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(page), @"\]\((?!http|#)([^)#]+)"))
                Assert.True(
                    Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value)), $"{page}: {link.Groups[1].Value}");
        }
    }

    private static IEnumerable<string> Pages() =>
    [
        Path.Combine(Repository, "README.md"),
        .. Directory.GetFiles(Path.Combine(Repository, "docs"), "*.md"),
        .. Directory.GetDirectories(Path.Combine(Repository, "src")).Select(folder => Path.Combine(folder, "README.md")).Where(File.Exists),
    ];

    /// <summary>Compiles each block of a page; types that other blocks of the page declare are known to it.</summary>
    private static IEnumerable<string> Errors(IReadOnlyList<CodeBlock> page, MetadataReference[] references)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        SyntaxTree usings = CSharpSyntaxTree.ParseText(
            string.Concat(Usings.Select(name => $"global using {name};\n")) + "global using static Given;\n" + Given, options);
        SyntaxTree[] trees = [.. page.Select(block => CSharpSyntaxTree.ParseText(block.Code, options))];
        for (int i = 0; i < page.Count; i++)
        {
            SyntaxTree own = trees[i];
            var compilation = CSharpCompilation.Create(
                "block", [usings, own, .. trees.Where(tree => tree != own && !IsProgram(tree))], references,
                new CSharpCompilationOptions(
                    IsProgram(own) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                    nullableContextOptions: NullableContextOptions.Enable));
            foreach (Diagnostic problem
                in compilation.GetDiagnostics()
                    .Where(problem => problem.Severity == DiagnosticSeverity.Error && problem.Location.SourceTree == own))
                yield return $"{page[i]}: {problem}";
        }
    }

    private static bool IsProgram(SyntaxTree tree) => tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();

}
