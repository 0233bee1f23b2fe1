using Puzzle.Deployment.Generation;
using Puzzle.Models;

namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>An exported folder in ONNX Runtime, decoded by the step that <see cref="OnnxTextGenerator"/> takes.</summary>
internal sealed class OnnxGreedyDecoder(OnnxTextGenerator model, int[][] prompts, int generated) : IGreedyDecoder
{
    private GenerationSteps? _steps;

    public int[] Start()
    {
        _steps?.Dispose();
        _steps = new GenerationSteps(model.Decoder, prompts, new GenerationOptions { MaxNewTokens = generated + 1 });
        return _steps.Next();
    }

    public int[] Next(int[] tokens) => _steps!.Next();

    public void Dispose()
    {
        _steps?.Dispose();
        model.Dispose();
    }
}
