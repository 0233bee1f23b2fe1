using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Puzzle.Cluster.Kubernetes;

namespace Puzzle.Tests.Kubernetes;

public sealed class KubernetesJobTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static KubernetesOptions Options => new() { Image = "registry/puzzle:1", Claim = "puzzle-work" };

    [Fact]
    public void ToYaml_EveryOption_IsAJobOfThePublishedSchemaAndSaysWhatWasAsked()
    {
        KubernetesOptions options = Options;
        (options.Namespace, options.Processors, options.MemoryBytes) = ("models", 4, 5L << 30);
        string[] odd =
            ["puzzle", "", " two  words ", "it's \"quoted\"", "back\\slash", "- # : {a}", "yes", "1e3", "ü 漢 🧩", "a\nb\t"];
        var job = new KubernetesJob("puzzle-blocks", [.. odd]) { Tasks = 7, Before = [["puzzle", "merge"], ["puzzle", "plan"]] };

        JsonNode read = Check(job.ToYaml(options));

        JsonNode spec = read["spec"]!, pod = spec["template"]!["spec"]!, worker = pod["containers"]![0]!;
        Assert.Equal("Indexed", (string?)spec["completionMode"]);
        Assert.Equal(7, (int)spec["completions"]!);
        Assert.Equal("models", (string?)read["metadata"]!["namespace"]);
        Assert.Equal(odd, worker["command"]!.AsArray().Select(argument => (string)argument!));
        Assert.Equal("5120Mi", (string?)worker["resources"]!["limits"]!["memory"]);
        Assert.Equal("plan", (string?)pod["initContainers"]![1]!["command"]![1]);
        Assert.Equal(120, (int)pod["terminationGracePeriodSeconds"]!);
    }

    [Fact]
    public void ToYaml_Defaults_IsAJobOfThePublishedSchema() =>
        Assert.Equal(1, (int)Check(new KubernetesJob("a", ["puzzle"]).ToYaml(Options))["spec"]!["completions"]!);

    [Fact]
    public void ToYaml_DollarAndParenthesis_IsNoVariable() =>
        Assert.Contains("\"$$(HOME)\"", new KubernetesJob("a", ["$(HOME)"]).ToYaml(Options), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("a_b")]
    [InlineData("-a")]
    [InlineData("a\nb")]
    public void ToYaml_NameOfNoJob_IsRefused(string name) =>
        Assert.Throws<ArgumentException>(() => new KubernetesJob(name, ["puzzle"]).ToYaml(Options));

    [Fact]
    public void ToYaml_WithoutImageOrClaim_SaysBoth()
    {
        OptionsValidationException missing = Assert.Throws<OptionsValidationException>(
            () => new KubernetesJob("a", ["puzzle"]).ToYaml(new KubernetesOptions()));

        Assert.Contains("Image", missing.Message, StringComparison.Ordinal);
        Assert.Contains("Claim", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToYaml_ControlCharacter_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new KubernetesJob("a", ["a\0b"]).ToYaml(Options));

    /// <summary>Gives the job as another reader of YAML reads it, checked against the schema that Kubernetes publishes.</summary>
    private JsonNode Check(string yaml)
    {
        string? reference = Environment.GetEnvironmentVariable("PUZZLE_KUBERNETES");
        string script = Path.Combine(reference ?? "", "check.mjs");
        Assert.SkipUnless(
            reference is not null && File.Exists(script), "PUZZLE_KUBERNETES names no folder: see .ci/install-kubernetes-models");
        File.WriteAllText(_folder["job.yaml"], yaml);
        using Process process = Process.Start(new ProcessStartInfo("node", [script, _folder["job.yaml"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{error.GetAwaiter().GetResult()}\n{yaml}");
        return JsonNode.Parse(output)!;
    }
}
