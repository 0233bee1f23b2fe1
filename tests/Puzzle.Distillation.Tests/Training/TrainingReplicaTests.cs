using Puzzle.Distillation.Training;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

public sealed class TrainingReplicaTests
{
    [Fact]
    public void Collect_BrainFloatGradients_AreSummedIn32Bits()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using CausalLanguageModel low = Low(model);
        using var replica = new TrainingReplica(low);
        replica.Clear();

        // 256 + 1 is no brain float: summed in one, the ones would vanish.
        Fill(256f);
        for (int round = 0; round < 3; round++)
            Fill(1f);

        Assert.All(replica.Gradients.Buffer.data<float>().ToArray(), gradient => Assert.Equal(259f, gradient));

        void Fill(float value)
        {
            using var scope = NewDisposeScope();
            foreach ((_, Tensor weight) in replica.Model.Weights)
                weight.grad!.fill_(value);
            replica.Collect();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CollectHead_TakesTheHeadAlone(bool tied)
    {
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config(layers: 1, tied));
        using CausalLanguageModel low = Low(model);
        using var replica = new TrainingReplica(low);
        using var scope = NewDisposeScope();
        foreach ((_, Tensor weight) in replica.Model.Weights)
            weight.grad!.fill_(1f);

        replica.CollectHead();

        long head = replica.Model.Head.numel();
        Assert.Equal(head, replica.Gradients.Buffer.data<float>().ToArray().Sum(value => (double)value));
        Assert.Equal(0, replica.Model.Head.grad!.abs().sum().to(ScalarType.Float32).item<float>());
    }

    [Fact]
    public void Collect_32BitGradients_LeavesThem()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using var replica = new TrainingReplica(model);
        using var scope = NewDisposeScope();
        replica.Model.Head.grad!.fill_(3f);

        replica.Collect();

        Assert.Equal(3f, replica.Model.Head.grad!.max().item<float>());
        Assert.Equal(3f, replica.Gradients.Buffer.data<float>().ToArray().Max());
    }

    private static CausalLanguageModel Low(CausalLanguageModel model)
    {
        var weights = model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        return CausalLanguageModel.Create(model.Config, name => weights[name].to(ScalarType.BFloat16));
    }
}
