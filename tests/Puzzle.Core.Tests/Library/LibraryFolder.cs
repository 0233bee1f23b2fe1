using Puzzle.Foundation;
using Puzzle.Library;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Library;

/// <summary>A library's folder that lives as long as a test, and things to put in.</summary>
internal sealed class LibraryFolder : IDisposable
{
    public const string Parent = "parent-fingerprint";

    public static readonly IReadOnlyList<LossRecord> Curve = [new(0, 1.0 / 3, 0.25), new(1, 1e-300), new(2, 0.1 + 0.2, double.Epsilon)];

    public static readonly (SubblockKey Key, string Recipe)[] Units =
    [
        (new SubblockKey(0, SubblockKind.Attention, "gqa-2"), Fingerprint.Of("first")),
        (new SubblockKey(0, SubblockKind.Attention, "gqa-2"), Fingerprint.Of("second")),
        (new SubblockKey(0, SubblockKind.Attention, "noop"), Fingerprint.Of("first")),
        (new SubblockKey(0, SubblockKind.Ffn, "352", "noop"), Fingerprint.Of("first")),
        (new SubblockKey(11, SubblockKind.Ffn, "352"), Fingerprint.Of("first")),
        (new SubblockKey(11, SubblockKind.Ffn, "linear"), "any words may be a recipe"),
    ];

    public string Path { get; } = Directory.CreateTempSubdirectory("puzzle-library-").FullName;

    public string Scores => System.IO.Path.Combine(Path, "scores.jsonl");

    public string Manifest => System.IO.Path.Combine(Path, "library.json");

    public string VariantsFolder => System.IO.Path.Combine(Path, "variants");

    public DirectoryBlockLibrary Open(string parent = Parent) => DirectoryBlockLibrary.Open(Path, parent);

    /// <summary>Gives a unit's weights, a function of its index; none for a no-op. They belong to the caller's scope.</summary>
    public static Dictionary<string, Tensor> Weights(int unit, float shift = 0) => Units[unit].Key.Config == "noop" ? [] : new()
    {
        ["norm.weight"] = arange(0, 4, ScalarType.Float32).add((unit + shift).ToScalar(), 1.ToScalar()),
        ["proj.weight"] = arange(0, 12, ScalarType.Float32).view(3, 4).mul((unit + 0.37f).ToScalar()).to(ScalarType.BFloat16).t(),
    };

    public static SubblockVariant Add(DirectoryBlockLibrary library, int unit, float shift = 0)
    {
        using var scope = NewDisposeScope();
        return library.Add(Units[unit].Key, Units[unit].Recipe, Weights(unit, shift), Curve);
    }

    public static BlockScore Score(int index, double value = 0) => new(
        $"block-{index}", index, "gqa-2+352", "data \"one\"\n", new Dictionary<string,
            double> { ["kl_div"] = value + (index / 3.0), ["lm_loss"] = 2 },
        index % 2 == 0 ? new Dictionary<string, IReadOnlyList<double>> { ["kl_div"] = [0.1, index] } : null);

    /// <summary>Makes a library of all units and some scores.</summary>
    public void Fill(int scores)
    {
        using DirectoryBlockLibrary library = Open();
        for (int unit = 0; unit < Units.Length; unit++)
            Add(library, unit);
        for (int i = 0; i < scores; i++)
            library.AddScore(Score(i));
    }

    /// <summary>Finds a unit and asserts that it is as it was added.</summary>
    /// <returns>Whether it is there.</returns>
    public static bool HasIntact(DirectoryBlockLibrary library, int unit, float shift = 0)
    {
        (SubblockKey key, string recipe) = Units[unit];
        if (library.Find(key, recipe) is not { } variant)
            return false;
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> expected = Weights(unit, shift);
        Assert.Equal((key, recipe, WeightsDigest.Of(expected)), (variant.Key, variant.Recipe, variant.WeightsDigest));
        Assert.Equal(variant.WeightsDigest, WeightsDigest.Of(library.ReadWeights(variant)));
        Assert.Equal(Curve, library.ReadCurve(variant));
        return true;
    }

    /// <summary>Finds a score and asserts that it is as it was added.</summary>
    /// <returns>Whether it is there.</returns>
    public static bool HasIntactScore(DirectoryBlockLibrary library, int index, double value = 0)
    {
        BlockScore expected = Score(index, value);
        if (library.FindScore(expected.BlockId, expected.DataFingerprint) is not { } found)
            return false;
        Assert.Equal(expected.Metrics, found.Metrics);
        Assert.Equal(expected.Samples, found.Samples);
        Assert.Equal(expected with { Metrics = found.Metrics, Samples = found.Samples }, found);
        return true;
    }

    public LibraryFolder Copy()
    {
        var copy = new LibraryFolder();
        Directory.CreateDirectory(copy.VariantsFolder);
        foreach (string file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
            File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetRelativePath(Path, file)));
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
