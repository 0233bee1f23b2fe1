using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Tests.Generation;

public sealed class LoadCancellationTests
{
    [Fact]
    public void Load_Canceled_StopsBeforeTheSessionIsMade()
    {
        using var folder = new TestFolder();
        using (CausalLanguageModel model = TinyModel.Create())
            OnnxExporter.Export(model, folder["model"]);

        Assert.ThrowsAny<OperationCanceledException>(
            () => OnnxTextGenerator.Load(folder["model"], cancellationToken: new CancellationToken(canceled: true)));
        using OnnxTextGenerator generator = OnnxTextGenerator.Load(folder["model"]);
        Assert.Equal(TinyModel.Config().VocabularySize, generator.VocabularySize);
    }
}
