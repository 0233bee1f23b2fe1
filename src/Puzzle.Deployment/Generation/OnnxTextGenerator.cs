using System.Runtime.CompilerServices;
using Puzzle.Foundation;
using Puzzle.Models;

namespace Puzzle.Deployment.Generation;

/// <summary>Continues token sequences with an exported model in ONNX Runtime. Safe to use from several threads at once.</summary>
public sealed class OnnxTextGenerator : IDisposable
{
    private readonly OnnxDecoder _decoder;

    private OnnxTextGenerator(OnnxDecoder decoder) => _decoder = decoder;

    /// <summary>Gets the vocabulary size V.</summary>
    public int VocabularySize => _decoder.Config.VocabSize;

    /// <summary>Gets the longest sequence in tokens, prompt and generated.</summary>
    public int MaxPositions => _decoder.Config.ContextLength;

    /// <summary>Gets the id that begins a text; null if there is none.</summary>
    public int? BeginOfTextId => _decoder.BeginOfTextId;

    /// <summary>Gets the ids that end a text unless the options name others.</summary>
    public IReadOnlyList<int> EndOfTextIds => _decoder.Config.EosTokenId;

    internal OnnxDecoder Decoder => _decoder;

    /// <summary>Loads a folder that <see cref="Export.OnnxExporter"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Device and threads; the defaults if null.</param>
    /// <param name="cancellationToken">Stops while files are checked; making the session of ONNX Runtime is not interrupted.</param>
    /// <exception cref="CheckpointFormatException">A file is absent, cut short, malformed or does not fit the others.</exception>
    /// <exception cref="DllNotFoundException">The app brings no native ONNX Runtime.</exception>
    /// <exception cref="NotSupportedException">CUDA is asked for, and the native ONNX Runtime or the machine has none.</exception>
    public static OnnxTextGenerator Load(
        string folder, OnnxSessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options = OptionsCheck.Valid(options);
        return new OnnxTextGenerator(OnnxDecoder.Load(folder, options, cancellationToken));
    }

    /// <summary>Continues several prompts of any lengths, computed together.</summary>
    /// <param name="prompts">The token ids of each prompt, at least one each.</param>
    /// <param name="options">How to continue them.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <returns>For each prompt the tokens made after it, without the prompt and without the token that ended it.</returns>
    /// <exception cref="ArgumentException">An option is out of range, a prompt is empty or has ids outside the vocabulary, or prompt and
    /// new tokens exceed <see cref="MaxPositions"/>.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed, before or meanwhile.</exception>
    public int[][] Generate(IReadOnlyList<int[]> prompts, GenerationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        RequireOpen();
        options = Checked(prompts, options);
        if (prompts.Count == 0 || options.MaxNewTokens == 0)
            return [.. prompts.Select(_ => Array.Empty<int>())];
        HashSet<int> stop = StopTokens(options);
        List<int>[] made = [.. prompts.Select(_ => new List<int>())];
        var running = Enumerable.Range(0, prompts.Count).ToHashSet();
        using var steps = new GenerationSteps(_decoder, prompts, options);
        while (running.Count > 0 && steps.Made < options.MaxNewTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] tokens = steps.Next();
            running.RemoveWhere(sequence => stop.Contains(tokens[sequence]));
            foreach (int sequence in running)
                made[sequence].Add(tokens[sequence]);
        }
        return [.. made.Select(tokens => tokens.ToArray())];
    }

    /// <summary>Continues one prompt, giving each token as soon as it is made: the same tokens as <see cref="Generate"/> with this prompt
    /// alone.</summary>
    /// <param name="prompt">The prompt's token ids, at least one.</param>
    /// <param name="options">How to continue it.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <exception cref="ArgumentException">As for <see cref="Generate"/>; thrown at once.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed; while tokens are enumerated, as soon as it is.</exception>
    public IAsyncEnumerable<int> StreamAsync(int[] prompt, GenerationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        RequireOpen();
        return TokensAsync(prompt, Checked([prompt], options), cancellationToken);
    }

    /// <summary>
    /// Frees the model once the step that computes has ended. Calls and streams that are not finished end with
    /// <see cref="ObjectDisposedException"/>
    /// at their next token; the memory of an open stream is freed with the stream.
    /// </summary>
    public void Dispose() => _decoder.Dispose();

    private void RequireOpen() => _decoder.Enter().Dispose();

    private async IAsyncEnumerable<int> TokensAsync(
        int[] prompt, GenerationOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<int> stop = StopTokens(options);
        using var steps = new GenerationSteps(_decoder, [prompt], options);
        while (steps.Made < options.MaxNewTokens)
        {
            int[] tokens = await Task.Run(steps.Next, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (stop.Contains(tokens[0]))
                yield break;
            yield return tokens[0];
        }
    }

    private HashSet<int> StopTokens(GenerationOptions options) => [.. options.StopTokenIds ?? EndOfTextIds];

    private GenerationOptions Checked(IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = OptionsCheck.Valid(options);
        PromptCheck.Require(prompts, options.MaxNewTokens, VocabularySize, MaxPositions);
        return options;
    }
}
