using System.Globalization;
using System.Runtime.InteropServices;
using Puzzle.Architectures;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Puzzle.Training.Benchmarks;

/// <summary>Peak resident memory of one step of 2,048 tokens with a vocabulary of 32,000, above what models, gradients and optimizer hold.
/// Linux.</summary>
internal static partial class GlobalMemory
{
    private static readonly ModelConfig Config = BenchmarkModel.Config with
    {
        VocabularySize = 32_000,
        Architecture = Puzzle.Architectures.Architecture.Uniform(8, BlockConfig.Parse("gqa-8/704")),
    };

    public static void Run()
    {
        set_num_threads(1);
        using CausalLanguageModel parent = RandomWeights.Create(Config, 1), child = RandomWeights.Create(Config, 2);
        using var trainer = new ModelTrainer(child, new AdamWOptions(), 1, workers: 1);
        using var scope = NewDisposeScope();
        Tensor ids = randint(0, Config.VocabularySize, [8, 256], generator: new Generator(3)).to(ScalarType.Int64);
        double least = Measure("no loss over the vocabulary (the least)", Chunked(new GlobalDistillationOptions { KlWeight = 0 }), null);
        Measure("chunked head", Chunked(new GlobalDistillationOptions()), least);
        Measure("chunked head, next-token loss too", Chunked(new GlobalDistillationOptions { LanguageModelWeight = 1 }), least);
        Measure("chunked head, layers recomputed", Chunked(new GlobalDistillationOptions { RecomputeActivations = true }), least);
        Measure("chunked head, layers recomputed, two windows at once", replica =>
        {
            double loss = 0;
            for (int start = 0; start < 8; start += 2)
            {
                using var inner = NewDisposeScope();
                loss += Backward(new GlobalDistillationOptions { RecomputeActivations = true }, replica, ids.narrow(0, start, 2));
            }
            return loss;
        }, least);
        Measure("whole logits, one graph", replica => Whole(parent, replica.Model, ids), least);

        Func<TrainingReplica, double> Chunked(GlobalDistillationOptions options) => replica => Backward(options, replica, ids);

        double Backward(GlobalDistillationOptions options, TrainingReplica replica, Tensor windows)
        {
            using var loss = new DistillationLoss(options, 2048, 2040);
            return loss.Backward(replica.Model, parent, windows).item<double>();
        }

        double Measure(string name, Func<TrainingReplica, double> backward, double? least)
        {
            double peak = 0;
            for (int round = 0; round < 3; round++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
                _ = Trim(0);
                double before = Status("VmRSS");
                File.WriteAllText("/proc/self/clear_refs", "5");
                using (var inner = NewDisposeScope())
                    trainer.Step("benchmark", round, 1e-4, (replica, _) => backward(replica));
                peak = Math.Max(peak, Status("VmHWM") - before);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gkd: memory: {name}: {peak:F0} " +
                $"MiB{(least is { } minimum ? FormattableString.Invariant($" ({peak / minimum:F2}x)") : "")}"));
            return peak;
        }
    }

    // What a straightforward loop does: parent and child logits of all tokens, and one backward pass.
    private static double Whole(CausalLanguageModel parent, CausalLanguageModel child, Tensor ids)
    {
        (List<Tensor> expected, Tensor target) = no_gradients();
        (List<Tensor> actual, Tensor logits) = States(child, ids);
        using var scale = (1.0 / 2048).ToScalar();
        Tensor loss = nn.functional.kl_div(
            nn.functional.log_softmax(logits, dim: -1), target, reduction: nn.Reduction.Sum, log_target: true).mul(scale);
        foreach ((Tensor p, Tensor c) in expected.Zip(actual))
            loss = loss.sub(nn.functional.cosine_similarity(p, c, dim: -1).mean());
        loss.backward();
        return loss.item<float>();

        (List<Tensor> States, Tensor LogProbabilities) no_gradients()
        {
            using var none = no_grad();
            (List<Tensor> states, Tensor parentLogits) = States(parent, ids);
            return (states, nn.functional.log_softmax(parentLogits, dim: -1));
        }
    }

    private static (List<Tensor> States, Tensor Logits) States(CausalLanguageModel model, Tensor ids)
    {
        var states = new List<Tensor>();
        Tensor hidden = model.Embed(ids);
        foreach (TransformerBlock block in model.Blocks)
            states.Add(hidden = block.Forward(hidden, model.Rotary.At(0, (int)ids.size(1))));
        return (states, model.Logits(hidden));
    }

    private static double Status(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint pad);
}
