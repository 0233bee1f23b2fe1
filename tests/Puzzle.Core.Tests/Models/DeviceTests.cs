using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class DeviceTests
{
    [Theory]
    [InlineData(DeviceType.CPU)]
    [InlineData(DeviceType.CUDA, Traits = ["Requires", "cuda"])]
    public void Forward_PromptThenSteps_EqualsTheWholeOnTheCpu(DeviceType type)
    {
        Assert.SkipUnless(type == DeviceType.CPU || cuda.is_available(), "Needs a CUDA GPU and a build with -p:PuzzleTorch=cuda.");
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var device = new Device(type);
        using CausalLanguageModel expected = RandomWeights.Create(TinyModel.Mixed(), seed: 1),
            model = RandomWeights.Create(TinyModel.Mixed(), seed: 1, device);
        Tensor ids = tensor(new long[] { 1, 5, 9, 2, 7, 3, 8, 4 }, [2, 4]);
        using var cache = new KeyValueCache(model, 2, 4);

        Tensor prompt = model.Forward(ids.narrow(1, 0, 2).to(device), cache);
        Tensor steps = stack(
            [prompt, model.Forward(ids.narrow(1, 2, 1).to(device), cache), model.Forward(ids.narrow(1, 3, 1).to(device), cache)], 1);

        Assert.True(allclose(expected.Forward(ids).narrow(1, 1, 3), steps.cpu(), rtol: 1e-4, atol: 1e-5));
    }
}
