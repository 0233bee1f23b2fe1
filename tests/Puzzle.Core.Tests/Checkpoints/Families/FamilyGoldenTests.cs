using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Families;

/// <summary>Every family computes what an independent reference computes.</summary>
public sealed class FamilyGoldenTests
{
    // The reference has 64-bit floats; public code in 32-bit floats is within 4e-5. Exact GELU instead of its tanh form would be 4e-3 off.
    private const double Tolerance = 2e-4;

    public static TheoryData<string> Families => FamilyGolden.All;

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_EitherSpelling_IsReference(string family)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (bool newer in new[] { false, true })
        {
            using var golden = new FamilyGolden(family, newer);
            using CausalLanguageModel model = golden.Load();
            for (int sequence = 0; sequence < golden.Ids.Length; sequence++)
                AssertClose(golden.Logits(sequence), model.Forward(Row(golden.Ids[sequence]))[0], Tolerance);
            Assert.Equal(golden.Parameters, model.ParameterCount);
            Assert.Equal(golden.Parameters, model.Weights.Sum(weight => weight.Value.numel()));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Layers_OneByOne_AreReference(string family)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var golden = new FamilyGolden(family);
        using CausalLanguageModel model = golden.Load();
        (Tensor embedding, Tensor[] layers, Tensor finalNorm) = golden.Hidden;
        Tensor ids = Row(golden.Ids[0]), hidden = model.Embed(ids);
        AssertClose(embedding, hidden[0], Tolerance);
        RotaryTable rotary = model.Rotary.At(0, (int)ids.size(1));
        for (int layer = 0; layer < layers.Length; layer++)
        {
            hidden = model.Blocks[layer].Forward(hidden, rotary);
            AssertClose(layers[layer], hidden[0], Tolerance);
        }
        AssertClose(finalNorm, model.Normalize(hidden)[0], Tolerance);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Generate_Greedy_IsReference(string family)
    {
        using var golden = new FamilyGolden(family);
        using CausalLanguageModel model = golden.Load();
        int[] prompt = [.. golden.Ids[1].Select(id => (int)id)];
        // Together with prompts of other lengths: those of equal length are computed together, and none changes another's tokens.
        int[][] prompts = [[.. prompt.Take(5)], prompt, [.. prompt.Skip(2)], [.. prompt.Skip(1).Append(4)]];
        var options = new GenerationOptions { MaxNewTokens = golden.Greedy.Length, StopTokenIds = [] };
        int[][] together = TextGeneration.Generate(model, prompts, options);
        Assert.Equal(golden.Greedy, together[1]);
        Assert.All(prompts.Zip(together), pair => Assert.Equal(TextGeneration.Generate(model, [pair.First], options)[0], pair.Second));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_CachedInAnyPieces_IsWholeForward(string family)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var golden = new FamilyGolden(family);
        using CausalLanguageModel model = golden.Load();
        long[] tokens = golden.Ids[2];
        // Token by token across every edge, one large piece, and pieces that begin and end within a window.
        foreach (int[] pieces in new[] { [1], new[] { 30, 1, 1, 20, 5, 1 }, [tokens.Length - 1, 1], [7] })
        {
            using var cache = new KeyValueCache(model, batch: 2, capacity: tokens.Length);
            for (int start = 0, piece = 0; start < tokens.Length; piece++)
            {
                int length = Math.Min(pieces[piece % pieces.Length], tokens.Length - start);
                using var stepScope = NewDisposeScope();
                long[] added = tokens[start..(start + length)];
                Tensor both = cat([Row(added), Row(golden.Ids[2][start..(start + length)])], 0);
                Tensor logits = model.Forward(both, cache);
                start += length;
                // Each length is a text of its own where the rotation depends on it.
                Tensor whole = model.Forward(Row(tokens[..start]))[0, -1];
                AssertClose(whole, logits[0], Tolerance);
                AssertClose(whole, logits[1], Tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Cache_OfWindowedLayer_HoldsWindowOnly(string family)
    {
        using var golden = new FamilyGolden(family);
        using CausalLanguageModel model = golden.Load();
        using var cache = new KeyValueCache(model, batch: 1, capacity: 64);
        long expected = model.Config.Architecture.Select(block => block.Attention).OfType<GroupedQueryAttentionConfig>()
            .Sum(attention => 2L * sizeof(float) * attention.KeyValueHeads * model.Config.HeadSize * Math.Min(64, attention.Window ?? 64));
        Assert.Equal(expected, cache.Bytes);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void NoOps_OfEveryLayer_AreReference(string family)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var golden = new FamilyGolden(family);
        using CausalLanguageModel model = golden.Load();
        Tensor[] parent = [.. golden.Ids.Select(ids => model.Forward(Row(ids))[0].log_softmax(-1))];
        Assert.Equal(golden.MeanLoss, MeanLoss(parent, golden.Ids), 1e-4);
        foreach ((int layer, bool noAttention, bool noFfn, double divergence, double loss) in golden.NoOps)
        {
            BlockConfig own = model.Config.Architecture[layer];
            var block = new BlockConfig(noAttention ? new NoOpAttentionConfig() : own.Attention, noFfn ? new NoOpFfnConfig() : own.Ffn);
            var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach());
            using CausalLanguageModel child = CausalLanguageModel.Create(
                model.Config with { Architecture = model.Config.Architecture.With(layer, block) }, name => weights[name].clone());
            Tensor[] logits = [.. golden.Ids.Select(ids => child.Forward(Row(ids))[0].log_softmax(-1))];
            double sum = parent.Zip(logits, (p, q) => p.exp().mul(p.sub(q)).sum().item<float>()).Sum(value => (double)value);
            Assert.Equal(divergence, sum / golden.Ids.Sum(ids => ids.Length), 1e-4);
            Assert.Equal(loss, MeanLoss(logits, golden.Ids), 1e-4);
        }
    }

    private static double MeanLoss(Tensor[] logProbabilities, long[][] ids)
    {
        double sum = logProbabilities.Zip(ids, (p, tokens) =>
            -(double)p.narrow(0, 0, tokens.Length - 1).gather(1, tensor(tokens[1..]).unsqueeze(1)).sum().item<float>()).Sum();
        return sum / ids.Sum(tokens => tokens.Length - 1);
    }

    private static Tensor Row(long[] ids) => tensor(ids, [1, ids.Length]);

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        float difference = expected.sub(actual).abs().max().item<float>();
        Assert.True(difference < tolerance, $"differs by {difference}");
    }
}
