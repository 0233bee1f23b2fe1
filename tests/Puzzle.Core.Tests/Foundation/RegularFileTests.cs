using System.Diagnostics;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Measurement.Tasks;
using Puzzle.Text;

namespace Puzzle.Tests.Foundation;

/// <summary>Files that never end or that block whoever opens them.</summary>
public sealed class RegularFileTests
{
    public static TheoryData<string> Readers => [.. Actions.Keys];

    private static Dictionary<string, Action<string>> Actions { get; } = new()
    {
        ["text"] = path => TextDocuments.Read(path).Count(),
        ["tokenizer"] = path => Tokenizer.Load(path),
        ["config"] = path => HuggingFaceConfig.Read(path),
        ["safetensors"] = path => new SafetensorsReader(path).Dispose(),
        ["windows"] = path => PackedTokenDataset.FromJson(path, 10),
        ["mmlu"] = path => MmluReader.Read(path),
        ["blimp"] = path => BlimpReader.Read(path),
        ["blimp.zip"] = path => BlimpReader.Read(path),
        ["lambada"] = path => LambadaReader.Read(path),
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void Read_PipeDeviceOrNothing_IsRefused(string reader)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes and devices are Linux files here");
        using var folder = new TestFolder();
        string suffix = reader.EndsWith(".zip", StringComparison.Ordinal) ? ".zip" : ".json";
        string pipe = folder["pipe" + suffix], device = folder["zero" + suffix];
        using (Process made = Process.Start("mkfifo", [pipe]))
            made.WaitForExit();
        File.CreateSymbolicLink(device, "/dev/zero");

        foreach (string path in new[] { pipe, device, folder["absent" + suffix], folder["nul\0" + suffix] })
            Assert.Throws<CheckpointFormatException>(() => Actions[reader](path));
    }

    [Fact]
    public void OpenRead_Folder_SaysSo()
    {
        using var folder = new TestFolder();
        Assert.Contains(
            "folder", Assert.Throws<CheckpointFormatException>(() => RegularFile.OpenRead(folder.Path)).Message, StringComparison.Ordinal);
    }
}
