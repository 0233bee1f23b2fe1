using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class OptionsCheckTests
{
    [Fact]
    public void Valid_OptionsChangedLater_KeepsWhatItRead()
    {
        var options = new Sample { Number = 3, Names = ["a"] };

        Sample read = OptionsCheck.Valid(options);
        options.Number = -1;
        options.Names.Add("b");

        Assert.Equal(3, read.Number);
        Assert.Equal(["a"], read.Names);
    }

    [Fact]
    public void Valid_OutOfRange_Throws() =>
        Assert.Throws<OptionsValidationException>(() => OptionsCheck.Valid(new Sample { Number = 0 }));

    private sealed class Sample
    {
        [Range(1, 10)]
        public int Number { get; set; } = 1;

        public IList<string> Names { get; set; } = [];
    }
}
