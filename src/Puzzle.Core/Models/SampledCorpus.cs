using System.Globalization;
using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Native;
using Puzzle.Text;

namespace Puzzle.Models;

/// <summary>
/// Text that a model writes itself, for distillation without any data of others. Kept in a folder file by file: what is
/// there under the same model and settings is read, what is missing or damaged is made, so a stopped run goes on where it was.
/// </summary>
public sealed class SampledCorpus
{
    // 2: recipes name the device.
    private const int Version = 2;
    private const int MostEmptyTexts = 1024;
    private readonly CausalLanguageModel _model;
    private readonly SampledCorpusOptions _options;
    private readonly string _folder;
    private readonly int[] _prompt;
    private readonly int _maxNewTokens;

    /// <summary>Prepares the corpus; nothing is made yet.</summary>
    /// <param name="writer">The model that writes; must stay alive while the corpus is used.</param>
    /// <param name="folder">Where texts are kept; may hold those of other models and settings too.</param>
    /// <param name="options">How it writes; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">There is no prompt, it has ids outside the vocabulary, or it fills all positions.</exception>
    public SampledCorpus(IdentifiedModel writer, string folder, SampledCorpusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        CausalLanguageModel model = writer.Model;
        (_model, _folder, _options) = (model, folder, OptionsCheck.Valid(options));
        _prompt = [.. _options.Prompt ?? DefaultPrompt(model.Config)];
        PromptCheck.Require([_prompt], newTokens: 1, model.Config.VocabularySize, model.Config.MaxPositions, nameof(options));
        _maxNewTokens = Math.Min(_options.MaxNewTokens, model.Config.MaxPositions - _prompt.Length);
        Recipe = new Recipe("sampled text", Version)
            .With("Model", writer.Fingerprint)
            .With("ModelType", model.ElementType)
            .With("Device", DeviceName.Of(model.Device))
            .WithOptions(_options, (nameof(_options.Prompt), _prompt), (nameof(_options.MaxNewTokens), _maxNewTokens));
    }

    /// <summary>Gets everything the texts depend on.</summary>
    public Recipe Recipe { get; }

    /// <summary>Gets the hash of everything the texts depend on.</summary>
    public string Fingerprint => Recipe.Fingerprint;

    /// <summary>Gives the corpus: as many texts, in order, as have the wanted number of tokens.</summary>
    /// <param name="tokens">Tokens wanted, boundary tokens included; the last text may go beyond.</param>
    /// <param name="progress">Told the share done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between tokens; whole files are kept.</param>
    /// <exception cref="InvalidOperationException">The model ends every text at once.</exception>
    public TokenCorpus Read(long tokens, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        var texts = new List<int[]>();
        long count = 0;
        foreach (int[] text in Texts(cancellationToken))
        {
            texts.Add(text);
            count += text.Length + 1;
            progress?.Report(Math.Min(1, count / (double)tokens));
            if (count >= tokens)
                break;
        }
        return TokenCorpus.FromIds(
            texts, _model.Config.BeginOfTextId, EndOfText(_model.Config), _model.Config.VocabularySize, cancellationToken);
    }

    /// <summary>Gives texts without an end, in order, made as they are asked for: the ids of each, without begin- and end-of-text tokens,
    /// never empty.</summary>
    /// <param name="cancellationToken">Stops between tokens; whole files are kept.</param>
    /// <exception cref="InvalidOperationException">The model ends every text at once.</exception>
    public IEnumerable<int[]> Texts(CancellationToken cancellationToken = default)
    {
        TorchRuntime.Initialize();
        Directory.CreateDirectory(_folder);
        int empty = 0, workers = TorchWorkers.On(_model.Device, _options.Workers);
        for (int first = 0; ; first = checked(first + workers))
        {
            int[] files = [.. Enumerable.Range(first, workers)];
            int[][]?[] kept = [.. files.Select(Find)];
            TorchWorkers.ForEach(
                workers, [.. files.Where((_, i) => kept[i] is null)], file => kept[file - first] = Make(file, cancellationToken),
                cancellationToken);
            foreach (int[] text in kept.SelectMany(texts => texts!))
            {
                cancellationToken.ThrowIfCancellationRequested();
                empty = text.Length == 0 ? empty + 1 : 0;
                if (empty > MostEmptyTexts)
                    throw new InvalidOperationException(
                        $"The model ended {empty} texts in a row at once; give it another prompt or temperature.");
                if (text.Length > 0)
                    yield return text;
            }
        }
    }

    private static int[] DefaultPrompt(ModelConfig config) =>
        [FirstToken(config) ?? throw new ArgumentException("The model has no token to begin a text with: give a prompt.", nameof(config))];

    private static int? FirstToken(ModelConfig config) => config.BeginOfTextId ?? EndOfText(config);

    private static int? EndOfText(ModelConfig config) => config.EndOfTextIds.Count > 0 ? config.EndOfTextIds[0] : null;

    private string PathOf(int file) =>
        Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Fingerprint[..16]}-{file:D6}.json"));

    private int[][] Make(int file, CancellationToken cancellationToken)
    {
        int count = _options.TextsPerFile;
        // Tokens that mark a boundary are set again when the corpus is put together.
        int[] opening = _prompt[0] == FirstToken(_model.Config) ? _prompt[1..] : _prompt;
        int[][] made = TextGeneration.Generate(
            _model, [.. Enumerable.Repeat(_prompt, count)],
            new GenerationOptions
            {
                MaxNewTokens = _maxNewTokens,
                Temperature = _options.Temperature,
                Seed = _options.Seed + ((long)file * count),
            },
            cancellationToken);
        int[][] texts = [.. made.Select(text => (int[])[.. opening, .. text])];
        SealedJson.Write(PathOf(file), texts, FileJson.Default.Int32ArrayArray);
        return texts;
    }

    // A damaged file counts as absent.
    private int[][]? Find(int file) =>
        SealedJson.Find(PathOf(file), FileJson.Default.Int32ArrayArray) is { } texts && texts.Length == _options.TextsPerFile
        && texts.All(text => text is not null && text.All(id => (uint)id < (uint)_model.Config.VocabularySize)) ? texts : null;
}
