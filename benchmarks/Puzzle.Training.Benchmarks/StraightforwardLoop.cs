using Puzzle.Architectures;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>
/// Blockwise distillation as one would first write it: each variant alone, the parent's forward repeated at every step up to
/// the variant's layer, torch's AdamW, gradients wherever autograd puts them.
/// </summary>
internal sealed class StraightforwardLoop(
    CausalLanguageModel parent, PackedTokenDataset data, int steps, int batchSize, double learningRate)
{
    /// <summary>Trains every variant of a layer on some threads.</summary>
    /// <returns>The last training loss of each unit by its name.</returns>
    public Dictionary<string, double> Run(SearchSpace space, int layer, int calibrationWindows, int workers)
    {
        using var scope = NewDisposeScope();
        Tensor contribution = Contribution(layer, calibrationWindows);
        TransformerBlock block = parent.Blocks[layer];
        var units = space.Attention(layer).Skip(1).Where(config => config is not NoOpAttentionConfig)
            .Select(
                config => (Name: $"attention {config}", Create: (Func<(Subblock, Subblock, Subblock)>)(() => WithAttention(block, config))))
            .Concat(space.Ffn(layer).Skip(1).Where(config => config is not NoOpFfnConfig)
                .Select(config => (
                    Name: $"ffn {config}", Create: (Func<(Subblock, Subblock, Subblock)>)(() => WithFfn(block, config, contribution)))))
            .ToArray();
        var losses = new double[units.Length];
        int next = -1;
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(_ => new Thread(() =>
        {
            set_num_threads(1);
            using var threadScope = NewDisposeScope();
            for (int i = Interlocked.Increment(ref next); i < units.Length; i = Interlocked.Increment(ref next))
                losses[i] = Train(layer, units[i].Create);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return units.Zip(losses).ToDictionary(pair => pair.First.Name, pair => pair.Second);
    }

    private double Train(int layer, Func<(Subblock Trained, Subblock Attention, Subblock Ffn)> create)
    {
        using var scope = NewDisposeScope();
        (Subblock trained, Subblock attention, Subblock ffn) = create();
        using Subblock owned = trained;
        // A parameter takes the tensor's place, so the subblock's own tensors are trained through aliases of their memory.
        Parameter[] parameters = [.. trained.Weights.Values.Select(weight => new Parameter(weight.alias()))];
        foreach ((Tensor weight, Parameter parameter) in trained.Weights.Values.Zip(parameters))
        {
            weight.requires_grad_(true);
            weight.grad = zeros_like(weight);
            parameter.grad = weight.grad;
        }
        using optim.Optimizer optimizer = optim.AdamW(parameters, lr: learningRate, beta1: 0.9, beta2: 0.95, weight_decay: 0);
        RotaryTable rotary = parent.Rotary.At(0, data.SequenceLength);
        var schedule = new LearningRateSchedule(learningRate, 0, steps, FinalShare: 0.05);
        double last = 0;
        for (int step = 0; step < steps; step++)
        {
            using var stepScope = NewDisposeScope();
            Tensor input, target;
            using (no_grad())
            {
                input = Embed(step);
                for (int below = 0; below < layer; below++)
                    input = parent.Blocks[below].Forward(input, rotary);
                target = parent.Blocks[layer].Forward(input, rotary);
            }
            Tensor output = ffn.Forward(attention.Forward(input, rotary), rotary);
            Tensor loss = nn.functional.mse_loss(output, target).div(target.mul(target).mean());
            optimizer.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(parameters, 1);
            foreach (optim.ILearningRateController group in optimizer.ParamGroups)
                group.LearningRate = schedule.At(step);
            optimizer.step();
            last = loss.item<float>();
        }
        return last;
    }

    private Tensor Embed(int step) =>
        parent.Embed(tensor(data.Batch(step, batchSize).Select(id => (long)id).ToArray(), [batchSize, data.SequenceLength]));

    private Tensor Contribution(int layer, int windows)
    {
        using var noGradients = no_grad();
        RotaryTable rotary = parent.Rotary.At(0, data.SequenceLength);
        var ffn = (GatedFeedForward)parent.Blocks[layer].Ffn;
        Tensor sum = zeros(1);
        for (int step = 0; step < windows / batchSize; step++)
        {
            Tensor input = Embed(step);
            for (int below = 0; below < layer; below++)
                input = parent.Blocks[below].Forward(input, rotary);
            sum = sum + ffn.Intermediate(parent.Blocks[layer].Attention.Forward(input, rotary)).abs().sum([0L, 1L]);
        }
        return sum.mul(ffn.Weights["mlp.down_proj.weight"].norm(0, p: 2f));
    }

    private (Subblock, Subblock, Subblock) WithAttention(TransformerBlock block, AttentionConfig config)
    {
        Dictionary<string, Tensor> weights = AttentionInitializer.Create(
            parent.Config, (GroupedQueryAttentionConfig)block.Config.Attention, block.Attention.Weights, config);
        Subblock attention = TransformerBlock.CreateAttention(parent.Config, config, name => weights[name]);
        return (attention, attention, block.Ffn);
    }

    private (Subblock, Subblock, Subblock) WithFfn(TransformerBlock block, FfnConfig config, Tensor contribution)
    {
        Dictionary<string, Tensor> weights = FfnInitializer.Create(block.Ffn.Weights, contribution, config);
        Subblock ffn = TransformerBlock.CreateFfn(parent.Config, config, name => weights[name]);
        return (ffn, block.Attention, ffn);
    }
}
