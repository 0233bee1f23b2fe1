using System.Text.Json;
using Puzzle.Checkpoints;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Families;

/// <summary>A tiny checkpoint of a family, and what an independent reference in 64-bit floats computes with it.</summary>
internal sealed class FamilyGolden : IDisposable
{
    private readonly JsonDocument _golden;
    private readonly TestFolder? _newer;

    /// <param name="name">The folder below the families, for example <c>qwen2/a</c>.</param>
    /// <param name="newerSpelling">Whether the config is to be read as newer versions of transformers spell it.</param>
    public FamilyGolden(string name, bool newerSpelling = false)
    {
        string folder = SharedData.Require($"families/{name}");
        _golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        Folder = folder;
        if (!newerSpelling)
            return;
        _newer = new TestFolder();
        Folder = _newer.Path;
        File.Copy(Path.Combine(folder, "config.v5.json"), _newer["config.json"]);
        File.CreateSymbolicLink(_newer["model.safetensors"], Path.Combine(folder, "model.safetensors"));
    }

    /// <summary>Every checkpoint there is; one that says so where there is none.</summary>
    public static TheoryData<string> All
    {
        get
        {
            string root = Path.Combine(SharedData.Root ?? "", "families");
            return Directory.Exists(root)
                ? [.. Directory.EnumerateDirectories(root).SelectMany(Directory.EnumerateDirectories).Select(
                    folder => Path.GetRelativePath(root, folder)).Order(StringComparer.Ordinal)]
                : ["absent"];
        }
    }

    public string Folder { get; }

    public long Parameters => _golden.RootElement.GetProperty("parameters").GetInt64();

    public long[][] Ids => [.. _golden.RootElement.GetProperty("input_ids").EnumerateArray().Select(Integers)];

    public int[] Greedy => [.. Integers(_golden.RootElement.GetProperty("greedy").GetProperty("tokens")).Select(id => (int)id)];

    public double MeanLoss => _golden.RootElement.GetProperty("mean_nll").GetDouble();

    /// <summary>The logits of a sequence, [T, V].</summary>
    public Tensor Logits(int sequence) => Matrix(_golden.RootElement.GetProperty("logits")[sequence]);

    /// <summary>The residual stream of the first sequence: before layer 0, after each layer, and after the final norm; [T, D]
    /// each.</summary>
    public (Tensor Embedding, Tensor[] Layers, Tensor FinalNorm) Hidden
    {
        get
        {
            JsonElement states = _golden.RootElement.GetProperty("hidden_states_of_input_ids_0");
            return (
                Matrix(states.GetProperty("embedding")), [.. states.GetProperty("layers").EnumerateArray().Select(Matrix)],
                Matrix(states.GetProperty("final_norm")));
        }
    }

    /// <summary>What leaving out a layer's subblock does.</summary>
    public IEnumerable<(int Layer, bool Attention, bool Ffn, double Divergence, double Loss)> NoOps =>
        _golden.RootElement.GetProperty("no_op_variants").GetProperty("values").EnumerateArray().Select(item => (
            item.GetProperty("layer").GetInt32(),
            item.GetProperty("no_op").GetString() is "attention" or "both",
            item.GetProperty("no_op").GetString() is "ffn" or "both",
            item.GetProperty("mean_kl").GetDouble(),
            item.GetProperty("lm_loss").GetDouble()));

    public CausalLanguageModel Load() => CausalLanguageModel.Load(Folder);

    public CheckpointFolder Open() => CheckpointFolder.Open(Folder);

    public void Dispose()
    {
        _golden.Dispose();
        _newer?.Dispose();
    }

    private static long[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt64())];

    private static Tensor Matrix(JsonElement rows)
    {
        double[] values = [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(value => value.GetDouble()))];
        return tensor(values, [rows.GetArrayLength(), values.Length / rows.GetArrayLength()]).to(ScalarType.Float32);
    }
}
