using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Search.Profiling;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Profiling;

public class WeightTapeTests
{
    [Fact]
    public void Next_OneStack_VisitsEveryCopyBeforeRepeating()
    {
        using var tape = new WeightTape(1000, ScalarType.Float32, CPU);

        Assert.Equal([0, 1, 2, 3, 0, 1], Enumerable.Range(0, 6).Select(_ => tape.Next(250, 4)));
    }

    [Fact]
    public void Next_StacksInTurn_GoOnWhereTheOtherStopped()
    {
        using var tape = new WeightTape(1000, ScalarType.Float32, CPU);

        Assert.Equal(0, tape.Next(100, 10));
        Assert.Equal(1, tape.Next(300, 3)); // 300 to 600: the first after 100
        Assert.Equal(6, tape.Next(100, 10));
        Assert.Equal(0, tape.Next(300, 3)); // 900 to 1200 is beyond the end
    }

    [Fact]
    public void Cut_SeveralCopies_ShareNothing()
    {
        var model = new ModelConfig
        {
            VocabularySize = 8,
            HiddenSize = 6,
            AttentionHeads = 2,
            HeadSize = 4,
            MaxPositions = 4,
            Architecture = Architecture.Uniform(1, BlockConfig.Parse("gqa-1/5")),
        };
        IReadOnlyList<WeightShape> weights = WeightNames.Block(model, model.Architecture[0]);
        using var scope = NewDisposeScope();
        using var tape = new WeightTape(3 * WeightTape.LengthOf(weights), ScalarType.Float32, CPU);
        Assert.Equal(3, tape.CopiesOf(WeightTape.LengthOf(weights)));

        var cuts = new List<Tensor>();
        for (int copy = 0; copy < 3; copy++)
        {
            WeightSource source = tape.Cut(weights, copy);
            foreach (WeightShape weight in weights)
            {
                Tensor cut = source(weight.Name);
                Assert.Equal(weight.Shape, cut.shape);
                cuts.Add(cut);
            }
        }
        for (int i = 0; i < cuts.Count; i++)
            cuts[i].fill_(i.ToScalar());
        for (int i = 0; i < cuts.Count; i++)
            Assert.Equal([(float)i], cuts[i].data<float>().ToArray().Distinct());
    }
}
