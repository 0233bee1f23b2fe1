using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.EmbeddedInApp;

/// <summary>Serves the finished child: loaded at its first use, one answer at a time.</summary>
public sealed class ChildChat(CompressionJob job) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private CausalLanguageModel? _model;
    private Tokenizer? _tokenizer;

    /// <summary>Answers; null while there is no child.</summary>
    public async Task<string?> AnswerAsync(string prompt, int mostTokens, CancellationToken cancellationToken)
    {
        if (job.Child is not { } folder)
            return null;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _model ??= CausalLanguageModel.Load(folder, cancellationToken: cancellationToken);
            _tokenizer ??= Tokenizer.Load(folder);
            int[] ids = _tokenizer.Encode(prompt, cancellationToken: cancellationToken);
            var options = new GenerationOptions
            {
                MaxNewTokens = Math.Clamp(mostTokens, 1, Math.Max(1, _model.Config.MaxPositions - ids.Length)),
            };
            return await Task.Run(
                () => _tokenizer.Decode(TextGeneration.Generate(_model, [ids], options, cancellationToken)[0]), cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _model?.Dispose();
        _gate.Dispose();
    }
}
