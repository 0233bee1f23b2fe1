using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>The members that describe mixtures of experts.</summary>
internal static class ExpertKeys
{
    private const string LocalExperts = "num_local_experts";
    private const string Experts = "num_experts";
    private const string Active = "num_experts_per_tok";
    private const string ExpertWidth = "moe_intermediate_size";
    private const string SparseStep = "decoder_sparse_step";
    private const string DenseLayers = "mlp_only_layers";

    /// <summary>Every layer is a mixture of <c>num_local_experts</c>, each <c>intermediate_size</c> wide.</summary>
    public static ModelConfig Take(ConfigObject keys, ModelConfig model)
    {
        int experts = Required(keys, LocalExperts), active = TakeActive(keys, experts);
        return With(model, (width, _) => new MixtureFfnConfig(experts, active, width));
    }

    /// <summary>Writes what <see cref="Take"/> takes.</summary>
    public static void Write(Utf8JsonWriter json, ModelConfig model)
    {
        MixtureFfnConfig[] mixtures = Mixtures(model);
        if (mixtures.Length == 0)
            return;
        json.WriteNumber(LocalExperts, mixtures.Max(mixture => mixture.Experts));
        json.WriteNumber(Active, mixtures.Max(mixture => mixture.ActiveExperts));
    }

    /// <summary>Some layers are mixtures of experts with a width of their own; the others are dense.</summary>
    public static ModelConfig TakeSparse(ConfigObject keys, ModelConfig model)
    {
        int? older = keys.TakeInt(Experts), newer = keys.TakeInt(LocalExperts);
        if (older is not null && newer is not null && older != newer)
            throw keys.Error($"{Experts} {older} and {LocalExperts} {newer} disagree");
        int experts = older ?? newer ?? throw keys.Error($"there is no {Experts}");
        int active = TakeActive(keys, experts), width = Required(keys, ExpertWidth), step = Required(keys, SparseStep);
        IReadOnlyList<int> dense = keys.TakeInts(DenseLayers);
        if (dense.FirstOrDefault(layer => layer < 0 || layer >= model.Layers, -1) is >= 0 and var outside)
            throw keys.Error($"{DenseLayers} names layer {outside}; there are {model.Layers}");
        return With(model, (denseWidth, layer) =>
            dense.Contains(layer) || (layer + 1) % step != 0
                ? new GatedFfnConfig(denseWidth)
                : new MixtureFfnConfig(experts, active, width));
    }

    /// <summary>Writes what <see cref="TakeSparse"/> takes.</summary>
    public static void WriteSparse(Utf8JsonWriter json, ModelConfig model)
    {
        MixtureFfnConfig[] mixtures = Mixtures(model);
        json.WriteNumber(SparseStep, 1);
        json.WriteStartArray(DenseLayers);
        for (int layer = 0; layer < model.Layers; layer++)
        {
            if (model.Architecture[layer].Ffn is GatedFfnConfig)
                json.WriteNumberValue(layer);
        }
        json.WriteEndArray();
        json.WriteNumber(ExpertWidth, mixtures.Select(mixture => mixture.IntermediateSize).DefaultIfEmpty(1).Max());
        json.WriteNumber(Experts, mixtures.Select(mixture => mixture.Experts).DefaultIfEmpty(1).Max());
        json.WriteNumber(Active, mixtures.Select(mixture => mixture.ActiveExperts).DefaultIfEmpty(1).Max());
    }

    /// <summary>Takes the note that experts are packed as MXFP4; which tensors are is seen from their names.</summary>
    public static void TakeMxfp4(ConfigObject keys)
    {
        if (keys.TakeObject("quantization_config") is not { } quantization)
            return;
        if (quantization.TakeText("quant_method") is var method and not "mxfp4")
            throw quantization.Error($"quant_method is '{method}'; supported is mxfp4");
        quantization.Ignore("modules_to_not_convert");
        quantization.TakeFixed("dequantize", "false");
        quantization.RejectRest();
    }

    private static int TakeActive(ConfigObject keys, int experts)
    {
        int active = Required(keys, Active);
        if (keys.TakeInt("experts_per_token") is { } other && other != active)
            throw keys.Error($"{Active} {active} and experts_per_token {other} disagree");
        return active <= experts ? active : throw keys.Error($"{Active} {active} is more than the {experts} experts there are");
    }

    private static MixtureFfnConfig[] Mixtures(ModelConfig model) =>
        [.. model.Architecture.Select(block => block.Ffn).OfType<MixtureFfnConfig>()];

    private static ModelConfig With(ModelConfig model, Func<int, int, FfnConfig> ffn) => model with
    {
        Architecture = new Architecture(model.Architecture.Select((block, layer) =>
            block.Ffn is GatedFfnConfig { IntermediateSize: var width } ? block with { Ffn = ffn(width, layer) } : block)),
    };

    private static int Required(ConfigObject keys, string key) =>
        keys.TakeInt(key) is > 0 and var value ? value : throw keys.Error($"there is no positive {key}");
}
