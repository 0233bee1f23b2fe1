using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class DeviceSamplerTests
{
    public static TheoryData<double, int, double> Ways => new()
    {
        { 0, 0, 1 },
        { 1, 0, 1 },
        { 0.7, 5, 1 },
        { 1.3, 0, 0.8 },
        { 0.9, 7, 0.6 },
        { 2, 1, 1 },
        { 1, 0, 1e-9 },
    };

    // Two ways to the same tokens: one token at a time on the host, all sequences at once where the logits are.
    [Theory]
    [MemberData(nameof(Ways))]
    public void Choose_ManySequences_AreTheTokensOfTheHost(double temperature, int topK, double topP)
    {
        const int Sequences = 64, Vocabulary = 23;
        var options = new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, Seed = 5 };
        using var scope = NewDisposeScope();
        Tensor logits = randn([Sequences, Vocabulary], generator: new Generator(7)).mul(3.ToScalar());
        float[] values = logits.data<float>().ToArray();
        TokenSampler[] host = [.. Enumerable.Range(0, Sequences).Select(sequence => new TokenSampler(options, sequence))];
        TokenSampler[] draws = [.. Enumerable.Range(0, Sequences).Select(sequence => new TokenSampler(options, sequence))];
        using var device = new DeviceSampler(options);

        long[] expected = [.. host.Index().Select(
            one => (long)one.Item.Choose(values.AsSpan(one.Index * Vocabulary, Vocabulary)))];
        Tensor chosen = device.Choose(logits, [.. draws.Select(sampler => sampler.Draw())]);

        Assert.Equal(expected, chosen.data<long>().ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Next_OnTheDevice_GivesTheTokensOfTheHostInOneReadEach(double temperature)
    {
        using CausalLanguageModel model = TinyModel.Loud();
        var options = new GenerationOptions { Temperature = temperature, MaxNewTokens = 6, Seed = 3 };
        var places = new List<string>();
        int[][] prompts = [[1, 4, 2], [3, 3, 9]];

        int[][] Run(bool onDevice)
        {
            TokenSampler[] samplers = [new(options, 0), new(options, 1)];
            using var batch = new GenerationBatch(model, prompts, samplers, options, onDevice);
            return [.. Enumerable.Range(0, options.MaxNewTokens).Select(_ => batch.Next())];
        }
        int[][] host = Run(onDevice: false), device;
        using (HostRead.Watch(places.Add))
            device = Run(onDevice: true);

        Assert.Equal(host, device);
        Assert.Equal(Enumerable.Repeat("generation", options.MaxNewTokens), places);
    }

    [Fact]
    public void Next_LogitThatIsNotFinite_IsNamedAsOnTheHost()
    {
        using CausalLanguageModel model = TinyModel.Create();
        using (no_grad())
            model.Embedding.fill_(float.NaN.ToScalar());
        using var batch = new GenerationBatch(
            model, [[1, 2]], [new TokenSampler(new GenerationOptions(), 0)], new GenerationOptions { MaxNewTokens = 2 },
            onDevice: true);

        Assert.Contains("token 0", Assert.Throws<InvalidOperationException>(batch.Next).Message, StringComparison.Ordinal);
    }
}
