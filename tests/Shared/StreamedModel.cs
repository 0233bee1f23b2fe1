using System.Globalization;
using System.Text.RegularExpressions;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests;

/// <summary>A tiny sharded bfloat16 checkpoint, opened as a resident and as a streamed model.</summary>
internal sealed partial class StreamedModel : IDisposable
{
    private readonly TestFolder _folder = new();

    /// <param name="config">The shape; the tiny tied one by default.</param>
    /// <param name="workBytes">What the bound leaves beside the least that is needed; much by default.</param>
    public StreamedModel(ModelConfig? config = null, long workBytes = 1 << 30)
    {
        using (CausalLanguageModel model = TinyModel.Loud(config))
            model.Save(Checkpoint, ScalarType.BFloat16, new CheckpointWriterOptions { MaxShardBytes = 20_000 });
        Resident = CausalLanguageModel.Load(Checkpoint);
        Streamed = CausalLanguageModel.Open(
            Checkpoint, new StreamingOptions { MaxMemoryBytes = LeastBytes + workBytes, ScratchFolder = Scratch });
    }

    public CausalLanguageModel Resident { get; }

    public CausalLanguageModel Streamed { get; }

    public string Checkpoint => _folder["checkpoint"];

    public string Scratch => _folder["scratch"];

    /// <summary>The least bound that the model can be opened with, as the message says that refuses a smaller one.</summary>
    public long LeastBytes => long.Parse(
        Needed().Match(Assert.Throws<ArgumentException>(
            () => CausalLanguageModel.Open(Checkpoint, new StreamingOptions { MaxMemoryBytes = 1 })).Message).Groups[1].Value,
        CultureInfo.InvariantCulture);

    public void Dispose()
    {
        Resident.Dispose();
        Streamed.Dispose();
        _folder.Dispose();
    }

    [GeneratedRegex("needs at least ([0-9]+)")]
    private static partial Regex Needed();
}
