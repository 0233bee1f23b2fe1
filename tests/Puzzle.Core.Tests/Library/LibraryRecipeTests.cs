using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class LibraryRecipeTests
{
    private static readonly Recipe Old = new Recipe("test", 1)
        .With("LearningRate", 0.001)
        .With("Steps", 2), New = new Recipe("test", 1)
        .With("LearningRate", 0.002)
        .With("Steps", 2);

    [Fact]
    public void Explain_VariantOfAnotherRecipe_NamesTheFieldThatDiffers()
    {
        using var folder = new TestFolder();
        SubblockKey key = LibraryFolder.Units[0].Key;
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder["library"], "parent"))
        {
            Assert.Empty(library.Explain(key, New));
            foreach (Recipe recipe in new[] { Old, Old.With("Start", "x") })
            {
                library.AddRecipe(recipe);
                library.Add(key, recipe.Fingerprint, LibraryFolder.Weights(0), []);
            }
        }
        using DirectoryBlockLibrary reopened = DirectoryBlockLibrary.OpenExisting(folder["library"]);

        Assert.Equal(["LearningRate is 0.002, was 0.001"], reopened.Explain(key, New));
    }

    [Fact]
    public void FindRecipe_DamagedFile_IsAbsentAndIsWrittenAgain()
    {
        using var folder = new TestFolder();
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder["library"], "parent"))
            library.AddRecipe(Old);
        string file = Assert.Single(Directory.GetFiles(Path.Combine(folder["library"], "recipes")));
        byte[] whole = File.ReadAllBytes(file);
        foreach (byte[] damaged in (byte[][])[whole[..^20], [.. whole.Select(value => value == (byte)'2' ? (byte)'3' : value)], []])
        {
            File.WriteAllBytes(file, damaged);
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder["library"], "parent");

            Assert.Null(library.FindRecipe(Old.Fingerprint));
            library.AddRecipe(Old);
            Assert.Equal(Old, library.FindRecipe(Old.Fingerprint));
        }
        Assert.Equal(whole, File.ReadAllBytes(file));
    }

    [Fact]
    public void OpenExisting_NoLibrary_SaysSoAndMakesNone()
    {
        using var folder = new TestFolder();

        Assert.Throws<CheckpointFormatException>(() => DirectoryBlockLibrary.OpenExisting(folder["library"]));
        Assert.False(Directory.Exists(folder["library"]));
    }
}
