using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.PaperStarts;

/// <summary>What stories260K scores with one subblock replaced, training-free, computed independently in 64-bit floats.</summary>
internal sealed record GoldenVariants(
    PackedTokenDataset Windows, double ParentLoss, IReadOnlyList<GoldenVariants.Case> Cases, double HeteroLogitSum,
    IReadOnlyDictionary<int, double> HeteroLogits)
{
    public sealed record Case(int Layer, AttentionConfig? Attention, FfnConfig? Ffn, double Loss, double Divergence);

    public static CausalLanguageModel LoadParent() => CausalLanguageModel.Load(GoldenCase.Folder("stories260K"));

    public static GoldenVariants Read()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("stories260K/golden_variants.json")));
        JsonElement root = document.RootElement;
        List<Case> cases = [.. root.GetProperty("variants").EnumerateArray().Select(item =>
        {
            (AttentionConfig? attention, FfnConfig? ffn) = Replacement(item.GetProperty("variant").GetString()!);
            return Read(item, attention, ffn);
        })];
        cases.AddRange(root.GetProperty("whole_layer_noop").EnumerateArray().Select(
            item => Read(item, new NoOpAttentionConfig(), new NoOpFfnConfig())));
        JsonElement hetero = root.GetProperty("hetero_example");
        return new GoldenVariants(
            PackedTokenDataset.FromWindows([.. root.GetProperty("window_ids").EnumerateArray().Select(
                window => (IReadOnlyList<int>)[.. window.EnumerateArray().Select(id => id.GetInt32())])], 512),
            root.GetProperty("parent").GetProperty("mean_nll").GetDouble(),
            cases,
            hetero.GetProperty("logits_sum").GetDouble(),
            hetero.GetProperty("top10")
                .EnumerateArray()
                .ToDictionary(item => item.GetProperty("id").GetInt32(), item => item.GetProperty("logit").GetDouble()));
    }

    private static Case Read(JsonElement item, AttentionConfig? attention, FfnConfig? ffn) => new(
        item.GetProperty("layer").GetInt32(), attention, ffn,
        item.GetProperty("mean_nll").GetDouble(), item.GetProperty("mean_kl_parent_child_all_positions").GetDouble());

    private static (AttentionConfig?, FfnConfig?) Replacement(string name) => name switch
    {
        "attn_noop" => (new NoOpAttentionConfig(), null),
        "attn_linear" => (new LinearAttentionConfig(), null),
        "attn_kv_2" => (new GroupedQueryAttentionConfig(2), null),
        "attn_kv_1" => (new GroupedQueryAttentionConfig(1), null),
        "ffn_noop" => (null, new NoOpFfnConfig()),
        "ffn_linear" => (null, new LinearFfnConfig()),
        _ => throw new InvalidDataException(name),
    };
}
