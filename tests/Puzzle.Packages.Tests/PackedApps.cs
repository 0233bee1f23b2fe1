using System.Reflection;
using Puzzle.Deployment.Export;
using Puzzle.Models;
using Puzzle.Tests;

[assembly: AssemblyFixture(typeof(PackedApps))]

namespace Puzzle.Tests;

/// <summary>The packages in a folder, and apps outside the repository that were built from them.</summary>
public sealed class PackedApps : IDisposable
{
    private readonly TestFolder _folder = new();

    public PackedApps()
    {
        try
        {
            Pack();
            CopyApps();
            BuildApps();
            MakeParent();
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    /// <summary>The version of the packages.</summary>
    public static string Version => "0.0.1-packed";

    public string Feed => _folder["feed"];

    public string Parent => _folder["parent"];

    public string OnnxParent => _folder["parent-onnx"];

    public string Text => _folder["text.txt"];

    public string Work => _folder["work"];

    /// <summary>The folder an app was built or published into.</summary>
    public string OutputOf(string app) =>
        Path.Combine(_folder["apps"], app, "bin", "Debug", "net10.0", app == "SelfContained" ? Path.Combine("linux-x64", "publish") : "");

    /// <summary>Runs a built app.</summary>
    public string Run(string app, params string[] arguments) =>
        CommandLine.Run("dotnet", [Path.Combine(OutputOf(app), $"{app}.dll"), .. arguments], _folder["apps"]);

    public void Dispose() => _folder.Dispose();

    private void Pack()
    {
        string configuration = Metadata("Configuration");
        string projects = string.Join(';', ((string[])["Core", "Search", "Distillation", "Deployment", "Cluster", "Sdk", "Testing"])
            .Select(name => Path.Combine(Metadata("Repository"), "src", $"Puzzle.{name}", $"Puzzle.{name}.csproj")));
        File.WriteAllText(_folder["pack.proj"], $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{projects}" Targets="Pack" BuildInParallel="true"
                         Properties="NoBuild=true;Configuration={configuration};Version={Version};MinVerSkip=true;PackageOutputPath={Feed}" />
              </Target>
            </Project>
            """);
        CommandLine.Run("dotnet", ["msbuild", _folder["pack.proj"], "-t:Pack", "-nologo", "-v:q"], Metadata("Repository"));
    }

    private void CopyApps()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Apps");
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(_folder["apps"], Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        // What the machine has is taken from there; the packages under test go into a folder that is deleted with the apps.
        string machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } configured
            ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(_folder["apps"], "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><add key="machine" value="{machine}" /></fallbackPackageFolders>
              <packageSources><add key="packed" value="{Feed}" /></packageSources>
              <packageSourceMapping>
                <packageSource key="packed"><package pattern="Puzzle.*" /></packageSource>
                <packageSource key="nuget.org"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
    }

    private void BuildApps()
    {
        string[] common = ["-nologo", "-v:q", "-m:2", $"-p:PuzzleVersion={Version}"];
        CommandLine.Run("dotnet", ["msbuild", "Apps.proj", "-t:Restore", .. common], _folder["apps"]);
        CommandLine.Run("dotnet", ["msbuild", "Apps.proj", "-t:Build", .. common], _folder["apps"]);
    }

    private void MakeParent()
    {
        using CausalLanguageModel parent = TinyModel.Create(TinyModel.Config(2));
        parent.Save(Parent);
        LetterTokenizer.Create().Save(Parent);
        OnnxExporter.Export(parent, OnnxParent, new OnnxExportOptions());
        var random = new Random(5);
        File.WriteAllText(Text, string.Join("\n\n", Enumerable.Range(0, 80).Select(_ =>
            string.Join(' ', Enumerable.Range(0, 40).Select(
                _ => string.Concat(Enumerable.Range(0, 4).Select(_ => (char)('a' + random.Next(26)))))) + ".")));
    }

    private static string Metadata(string key) => typeof(PackedApps).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
