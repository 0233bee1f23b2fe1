using System.Text.Json;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Measurement;

public sealed class ModelEvaluatorTests
{
    [Fact]
    public void Evaluate_ParentOrACopyOfIt_IsExactlyTheParent()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), copy = TinyModel.Loud();
        PackedTokenDataset text = TinyModel.Windows(4);

        ModelEvaluation itself = ModelEvaluator.Evaluate(parent, parent, text), same = ModelEvaluator.Evaluate(copy, parent, text);

        Assert.Equal(0, itself.KlDivergence);
        Assert.Equal(1, itself.Agreement);
        Assert.Equal(60, itself.Tokens);
        Assert.Equal(itself, same);
        Assert.Equal(Math.Exp(itself.LanguageModelLoss), itself.Perplexity);
    }

    [Fact]
    public void Evaluate_AnotherModel_EqualsTheFormulas()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), model = TinyModel.Loud(TinyModel.Config(layers: 2), seed: 2);
        PackedTokenDataset text = TinyModel.Windows(3);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        double loss = 0, divergence = 0, agreements = 0;
        double[] top = new double[3];
        for (int window = 0; window < 3; window++)
        {
            long[] ids = [.. text[window].ToArray().Select(id => (long)id)];
            float[][] own = Rows(model, ids), expected = Rows(parent, ids);
            for (int t = 0; t < ids.Length; t++)
            {
                divergence += expected[t].Zip(own[t], (p, q) => Math.Exp(p) * ((double)p - q)).Sum();
                agreements += Array.IndexOf(expected[t], expected[t].Max()) == Array.IndexOf(own[t], own[t].Max()) ? 1 : 0;
                if (t == ids.Length - 1)
                    continue;
                loss -= own[t][ids[t + 1]];
                int rank = own[t].Count(value => value > own[t][ids[t + 1]]);
                foreach ((int i, int limit) in new[] { 1, 5, 10 }.Index())
                    top[i] += rank < limit ? 1 : 0;
            }
        }

        ModelEvaluation evaluation = ModelEvaluator.Evaluate(model, parent, text, workers: 1);

        Assert.Equal(loss / 45, evaluation.LanguageModelLoss, 1e-5);
        Assert.Equal(divergence / 48, evaluation.KlDivergence, 1e-5);
        Assert.Equal(agreements / 48, evaluation.Agreement, 1e-12);
        Assert.Equal(top.Select(hits => hits / 45), [evaluation.Top1, evaluation.Top5, evaluation.Top10]);
        Assert.Equal(evaluation, ModelEvaluator.Evaluate(model, parent, text, workers: 3));
    }

    [Fact]
    public void Evaluate_LargerVocabulary_ThrowsAndCanceled_Stops()
    {
        using CausalLanguageModel parent = TinyModel.Create();

        Assert.Throws<ArgumentException>(
            () => ModelEvaluator.Evaluate(parent, parent, PackedTokenDataset.FromWindows([[1, 2]], TinyModel.Vocabulary + 1)));
        Assert.Throws<OperationCanceledException>(
            () => ModelEvaluator.Evaluate(parent, parent, TinyModel.Windows(2), cancellationToken: new CancellationToken(true)));
    }

    [Fact]
    public void Evaluate_Stories260K_GivesTheGoldenPerplexity()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("stories260K/golden.json")));
        JsonElement golden = document.RootElement.GetProperty("perplexity");
        string text = File.ReadAllText(SharedData.Require("tinystories-text/tinystories_val.txt"));
        string folder = GoldenCase.Folder("stories260K");
        Tokenizer tokenizer = Tokenizer.Load(folder);
        using CausalLanguageModel model = CausalLanguageModel.Load(folder);

        double total = 0;
        int window = 0;
        foreach (JsonElement expected in golden.GetProperty("windows").EnumerateArray())
        {
            int[] ids = tokenizer.Encode(text.Substring(1500 * window++, 1500))[..256];
            ModelEvaluation evaluation = ModelEvaluator.Evaluate(model, model, PackedTokenDataset.FromWindows([ids], 512));
            Assert.Equal(expected.GetProperty("mean_nll").GetDouble(), evaluation.LanguageModelLoss, 1e-4);
            total += evaluation.LanguageModelLoss / 12;
        }
        Assert.Equal(12, window);
        Assert.Equal(golden.GetProperty("perplexity").GetDouble(), Math.Exp(total), 1e-3);
    }

    private static float[][] Rows(CausalLanguageModel model, long[] ids)
    {
        Tensor rows = nn.functional.log_softmax(model.Forward(tensor(ids, [1, ids.Length])), -1)[0];
        return [.. Enumerable.Range(0, ids.Length).Select(t => rows[t].data<float>().ToArray())];
    }
}
